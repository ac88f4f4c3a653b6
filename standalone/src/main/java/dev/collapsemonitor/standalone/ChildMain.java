package dev.collapsemonitor.standalone;

/** Entry of a child process: the command line, but it ends with its parent. */
public final class ChildMain {
    private ChildMain() {}

    public static void main(String[] args) {
        ParentPipe.watch();
        Collapse.main(args);
    }
}
