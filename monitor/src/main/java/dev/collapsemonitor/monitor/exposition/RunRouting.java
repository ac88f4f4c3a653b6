package dev.collapsemonitor.monitor.exposition;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.javalin.http.Context;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers for all instances, whichever of them is asked: passes questions about a run on to the one that keeps it. */
final class RunRouting {
    /** Header of an answer that lacks the runs of some instances, which it names. */
    static final String UNREACHABLE = "Collapse-Unreachable";

    private static final Logger log = LoggerFactory.getLogger(RunRouting.class);

    private final Supplier<Peers> peers;
    private final PeerClient client;
    private final ObjectMapper mapper = new ObjectMapper();

    RunRouting(Supplier<Peers> peers, PeerClient client) {
        this.peers = peers;
        this.client = client;
    }

    /** What became of a question that this instance cannot answer. */
    sealed interface Outcome {
        /** It was answered by the instance that keeps the run. */
        record Answered() implements Outcome {}

        /** The run would be here if there were one. */
        record NotElsewhere() implements Outcome {}

        /** Nobody can tell now; why. */
        record Failed(int status, String why) implements Outcome {}
    }

    /**
     * Passes a question about a run on.
     *
     * @param tail of the path, after the run's name
     */
    Outcome ask(Context context, String run, String tail) {
        if (isFromAnInstance(context)) {
            return new Outcome.NotElsewhere();
        }
        Peers.Owner owner = peers.get().ownerOf(run);
        if (owner instanceof Peers.Owner.Unknown) {
            return new Outcome.Failed(503, "which monitor keeps run \"" + run + "\" is being decided; try again");
        }
        if (!(owner instanceof Peers.Owner.Elsewhere elsewhere)) {
            return new Outcome.NotElsewhere();
        }
        Map<String, String> parameters = new LinkedHashMap<>();
        context.queryParamMap().forEach((name, values) -> parameters.put(name, values.get(0)));
        String path = "/api/runs/" + PeerClient.encode(run) + tail + PeerClient.query(parameters);
        try {
            HttpResponse<byte[]> response =
                    client.get(elsewhere.url(), path, authorization(context)).join();
            response.headers().firstValue("Content-Type").ifPresent(context::contentType);
            context.status(response.statusCode()).result(response.body());
            return new Outcome.Answered();
        } catch (CompletionException e) {
            log.debug("no answer from {}{}", elsewhere.url(), path, e);
            return new Outcome.Failed(
                    502,
                    "run \"" + run + "\" is kept by the monitor at " + elsewhere.url()
                            + ", which does not answer; try again");
        }
    }

    /**
     * The runs of all instances by name, as the others answer to the same path. Instances that do not answer are named in a header of the answer.
     *
     * @param own the runs of this one
     */
    ArrayNode all(Context context, ArrayNode own) {
        if (isFromAnInstance(context)) {
            return own;
        }
        Map<URI, CompletableFuture<HttpResponse<byte[]>>> answers = new LinkedHashMap<>();
        for (URI peer : peers.get().others()) {
            answers.put(peer, client.get(peer, context.path(), authorization(context)));
        }
        if (answers.isEmpty()) {
            return own;
        }
        Map<String, JsonNode> runs = new TreeMap<>();
        own.forEach(run -> runs.put(run.path("run").asText(), run));
        List<String> unreachable = new ArrayList<>();
        answers.forEach((peer, answer) -> {
            try {
                // A run that just moves may be known to both.
                runsOf(answer.join())
                        .forEach(run -> runs.putIfAbsent(run.path("run").asText(), run));
            } catch (CompletionException | IOException e) {
                log.debug("no runs from {}", peer, e);
                unreachable.add(peer.toString());
            }
        });
        if (!unreachable.isEmpty()) {
            context.header(UNREACHABLE, String.join(", ", unreachable));
        }
        ArrayNode all = mapper.createArrayNode();
        runs.values().forEach(all::add);
        return all;
    }

    private JsonNode runsOf(HttpResponse<byte[]> response) throws IOException {
        if (response.statusCode() != 200) {
            throw new IOException(response.uri() + " answered " + response.statusCode());
        }
        return mapper.readTree(response.body());
    }

    private static boolean isFromAnInstance(Context context) {
        return context.header(PeerClient.FORWARDED) != null;
    }

    private static Optional<String> authorization(Context context) {
        return Optional.ofNullable(context.header("Authorization"));
    }
}
