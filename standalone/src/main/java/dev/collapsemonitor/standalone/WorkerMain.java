package dev.collapsemonitor.standalone;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Entry of a worker process: runs the commands that its parent writes, one after the other, and answers each with a line.
 * One process for many runs, since loading ND4J takes longer than a small run.
 */
public final class WorkerMain {
    private static final ObjectMapper JSON = new ObjectMapper();

    private WorkerMain() {}

    /**
     * A command to run.
     *
     * @param arguments the command and its options
     * @param log the file that its standard error is added to
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over, compared nowhere
    record Task(String[] arguments, String log) {}

    /**
     * How it ended.
     *
     * @param status 0 when all is well
     * @param output what it printed on standard output
     */
    record Answer(int status, String output) {}

    public static void main(String[] args) throws IOException, InterruptedException {
        ParentPipe parent = ParentPipe.watch();
        PrintStream answers = System.out;
        // Whatever else is printed must not look like an answer.
        System.setOut(System.err);
        while (true) {
            Task task = JSON.readValue(parent.nextLine(), Task.class);
            answers.println(JSON.writeValueAsString(run(task)));
            answers.flush();
        }
    }

    private static Answer run(Task task) throws IOException {
        PrintStream before = System.err;
        StringWriter output = new StringWriter();
        try (PrintStream log = new PrintStream(new FileOutputStream(task.log(), true), true, StandardCharsets.UTF_8)) {
            System.setErr(log); // for what libraries log
            int status = Collapse.run(task.arguments(), Map.of(), new PrintWriter(output), new PrintWriter(log, true));
            return new Answer(status, output.toString());
        } finally {
            System.setErr(before);
        }
    }
}
