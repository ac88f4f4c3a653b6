package dev.collapsemonitor.trainer.checkpoint;

import java.nio.file.Path;
import org.deeplearning4j.nn.api.Model;

/**
 * A network as it was saved, with the state of its optimizer; it goes on as if nothing had happened.
 *
 * @param epoch epochs completed
 * @param step optimizer updates made
 */
public record Checkpoint(Path file, Model network, int epoch, long step) {}
