package dev.collapsemonitor.standalone;

import dev.collapsemonitor.protocol.InvalidRecordException;
import dev.collapsemonitor.protocol.UserException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Turns what went wrong into one line on standard error and an exit status: 2 for a command line that makes no sense, 1
 * for everything else. The stack trace of an unexpected error goes to a file.
 */
final class ErrorLines implements IParameterExceptionHandler, IExecutionExceptionHandler {
    static final int FAILURE = 1;
    static final int USAGE = 2;

    @Override
    public int handleParseException(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        String name = command.getCommandSpec().qualifiedName(" ");
        print(command.getErr(), e.getMessage() + "; see ./" + name + " --help");
        return USAGE;
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
        if (Boolean.TRUE.equals(parsedVerbose(command))) {
            command.getErr().print(trace(e));
        }
        return report(e, command.getErr());
    }

    /** Prints the line; returns the exit status. */
    int report(Throwable e, PrintWriter err) {
        if (e instanceof UserException || e instanceof InvalidRecordException) {
            print(err, e.getMessage());
        } else {
            print(err, "unexpected " + e + "; stack trace in " + save(e));
        }
        return FAILURE;
    }

    private static Object parsedVerbose(CommandLine command) {
        return command.getCommandSpec().findOption("--verbose").getValue();
    }

    private static void print(PrintWriter err, String message) {
        err.println("collapse: " + message.strip().replaceAll("\\s*\\R\\s*", " "));
        err.flush();
    }

    private static String save(Throwable e) {
        try {
            Path file = Files.createTempFile("collapse-error-", ".txt");
            Files.writeString(file, trace(e));
            return file.toString();
        } catch (IOException unwritable) {
            return "no file (" + unwritable + "); run it again with --verbose";
        }
    }

    private static String trace(Throwable e) {
        StringWriter text = new StringWriter();
        e.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
