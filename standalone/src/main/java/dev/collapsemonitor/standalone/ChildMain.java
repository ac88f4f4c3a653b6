package dev.collapsemonitor.standalone;

import java.io.IOException;

/**
 * Entry of a child process: the command line, but it ends with its parent. The parent holds the other end of our standard
 * input; when it is gone, even by kill -9, the pipe closes.
 */
public final class ChildMain {
    private ChildMain() {}

    public static void main(String[] args) {
        Thread watch = new Thread(ChildMain::endWithParent, "parent-watch");
        watch.setDaemon(true);
        watch.start();
        Collapse.main(args);
    }

    private static void endWithParent() {
        try {
            while (System.in.read() >= 0) {
                // The parent writes nothing; only the end of the stream matters.
            }
        } catch (IOException e) {
            // A broken pipe says the same.
        }
        Runtime.getRuntime().halt(ErrorLines.FAILURE);
    }
}
