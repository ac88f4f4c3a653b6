package dev.collapsemonitor.standalone;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The pipe to the parent process, our standard input. When the parent is gone, even by kill -9, the pipe closes and we end
 * at once.
 */
final class ParentPipe {
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private ParentPipe() {}

    /** From now on this process ends with its parent. */
    static ParentPipe watch() {
        ParentPipe pipe = new ParentPipe();
        Thread watch = new Thread(pipe::readToTheEnd, "parent-watch");
        watch.setDaemon(true);
        watch.start();
        return pipe;
    }

    /** Waits for the next line that the parent writes. */
    String nextLine() throws InterruptedException {
        return lines.take();
    }

    private void readToTheEnd() {
        // Not closed: it belongs to the process.
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            // A broken pipe says the same as its end.
        }
        Runtime.getRuntime().halt(ErrorLines.FAILURE);
    }
}
