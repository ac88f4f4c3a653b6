package dev.collapsemonitor.trainer.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * How a training run ended.
 *
 * @param trainError share of wrong predictions on the training samples, in evaluation mode
 * @param testError the same on the test set
 */
record TrainingSummary(
        String run,
        int epochs,
        long steps,
        double loss,
        double trainError,
        double testError,
        double seconds,
        long recordsDropped) {
    String toJson() {
        ObjectNode object = new ObjectMapper().createObjectNode();
        object.put("run", run);
        object.put("epochs", epochs);
        object.put("steps", steps);
        // JSON knows neither NaN nor infinity.
        object.put("loss", Double.isFinite(loss) ? Double.valueOf(loss) : null);
        object.put("train_error", trainError);
        object.put("test_error", testError);
        object.put("seconds", Math.round(seconds * 10) / 10.0);
        object.put("records_dropped", recordsDropped);
        return object.toString();
    }
}
