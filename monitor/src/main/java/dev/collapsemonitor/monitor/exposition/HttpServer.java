package dev.collapsemonitor.monitor.exposition;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.collapsemonitor.monitor.run.Run;
import dev.collapsemonitor.monitor.run.RunDirectory;
import dev.collapsemonitor.protocol.UserException;
import dev.collapsemonitor.protocol.v1.Mode;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.UnauthorizedResponse;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.BindException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** The monitor's HTTP: metrics, health, the REST views. */
public final class HttpServer implements AutoCloseable {
    private static final String JSON = "application/json";
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    /** Without credentials, too: the probes of Kubernetes and Docker have none. */
    private static final Set<String> OPEN = Set.of("/health/live", "/health/ready");

    private final RunDirectory runs;
    private final PrometheusMeterRegistry registry;
    private final Supplier<Readiness> readiness;
    private final ApiViews views = new ApiViews();
    private final RunRouting routing;
    private final Javalin server;

    /**
     * Starts to listen.
     *
     * @param port 0 for a free one
     * @param peers the other instances, which are asked for runs that are not here
     * @throws UserException when the port is in use or the host is not this machine's
     */
    public HttpServer(
            String host,
            int port,
            HttpSecurity security,
            RunDirectory runs,
            PrometheusMeterRegistry registry,
            Supplier<Readiness> readiness,
            Supplier<Peers> peers) {
        this.runs = runs;
        this.registry = registry;
        this.readiness = readiness;
        this.routing = new RunRouting(peers, new PeerClient(security.keystore().map(TlsKeystore::client)));
        server = Javalin.create(config -> {
            configure(config);
            security.keystore().ifPresent(keystore -> serveTls(config, host, port, keystore));
            security.credentials().ifPresent(credentials -> requireCredentials(config, credentials));
        });
        try {
            server.start(host, port);
        } catch (RuntimeException e) {
            server.stop();
            throw bindError(host, port, e);
        }
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.staticFiles.add(files -> {
            files.hostedPath = "/";
            files.directory = "/page";
        });
        config.routes.get("/metrics", this::metrics);
        config.routes.get("/health/live", context -> health(context, Readiness::live));
        config.routes.get("/health/ready", context -> health(context, Readiness::ready));
        config.routes.error(404, this::notFound);
        config.routes.get("/api/runs", this::listRuns);
        config.routes.get("/api/runs/{run}", this::showRun);
        config.routes.get("/api/runs/{run}/history", this::history);
        config.routes.get("/api/runs/{run}/events", this::events);
    }

    private static void serveTls(JavalinConfig config, String host, int port, TlsKeystore keystore) {
        config.jetty.addConnector((jetty, http) -> {
            SslContextFactory.Server tls = new SslContextFactory.Server();
            tls.setKeyStore(keystore.store());
            tls.setKeyStorePassword(keystore.password());
            HttpConfiguration secure = new HttpConfiguration(http);
            // Whether the name fits the certificate is for the client to check; we answer under any of ours.
            secure.addCustomizer(new SecureRequestCustomizer(false));
            ServerConnector connector = new ServerConnector(
                    jetty,
                    new SslConnectionFactory(tls, HttpVersion.HTTP_1_1.asString()),
                    new HttpConnectionFactory(secure));
            connector.setHost(host);
            connector.setPort(port);
            return connector;
        });
    }

    private void requireCredentials(JavalinConfig config, Credentials credentials) {
        config.routes.before(context -> {
            String shown = context.header("Authorization");
            if (!OPEN.contains(context.path()) && (shown == null || !credentials.areShownBy(shown))) {
                throw new UnauthorizedResponse();
            }
        });
        config.routes.exception(UnauthorizedResponse.class, (e, context) -> {
            context.header("WWW-Authenticate", "Basic realm=\"Collapse Monitor\", charset=\"UTF-8\"");
            fail(context, 401, "user and password are needed");
        });
    }

    private static RuntimeException bindError(String host, int port, RuntimeException e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String where = "cannot listen on " + host + ":" + port + ": ";
        if (root instanceof BindException && String.valueOf(root.getMessage()).contains("in use")) {
            return new UserException(where + "the port is in use; choose another with --http-port", e);
        }
        if (root instanceof IOException || root instanceof UnresolvedAddressException) {
            String message = root.getMessage() == null ? "the host is not known" : root.getMessage();
            return new UserException(where + message + "; correct --http-host or --http-port", e);
        }
        return e;
    }

    /** The port it listens on. */
    public int port() {
        return server.port();
    }

    private void metrics(Context context) {
        context.contentType(PROMETHEUS_TEXT).result(registry.scrape());
    }

    private void health(Context context, Predicate<Readiness> good) {
        Readiness now = readiness.get();
        context.status(good.test(now) ? 200 : 503)
                .contentType("text/plain; charset=utf-8")
                .result(now.detail() + "\n");
    }

    private void listRuns(Context context) {
        ArrayNode array = views.array();
        runs.all().forEach(run -> array.add(views.run(run)));
        json(context, routing.all(context, array));
    }

    private void showRun(Context context) {
        Run run = find(context, "");
        if (run != null) {
            json(context, views.run(run));
        }
    }

    private void events(Context context) {
        Run run = find(context, "/events");
        if (run != null) {
            ArrayNode array = views.array();
            run.events().forEach(event -> array.add(views.event(event)));
            json(context, array);
        }
    }

    private void history(Context context) {
        Run run = find(context, "/history");
        if (run == null) {
            return;
        }
        ArrayNode array = views.array();
        String layer = context.queryParam("layer");
        if (layer == null) {
            run.progressHistory().forEach(progress -> array.add(views.progress(progress)));
            json(context, array);
            return;
        }
        Mode mode = mode(context.queryParam("mode"));
        if (mode == null) {
            fail(context, 400, "mode is \"" + context.queryParam("mode") + "\"; use snapshot or rolling");
            return;
        }
        if (run.layers().stream().noneMatch(known -> known.getName().equals(layer))) {
            fail(context, 404, "run " + run.name() + " has no layer \"" + layer + "\"");
            return;
        }
        run.history(layer, mode).forEach(result -> array.add(views.result(run, result)));
        json(context, array);
    }

    private static Mode mode(String text) {
        return switch (text == null ? "snapshot" : text.toLowerCase(Locale.ROOT)) {
            case "snapshot" -> Mode.SNAPSHOT;
            case "rolling" -> Mode.ROLLING;
            default -> null;
        };
    }

    /** The run, or null when it is not here; then the question is answered. */
    private Run find(Context context, String tail) {
        String name = context.pathParam("run");
        Run run = runs.find(name);
        if (run == null) {
            RunRouting.Outcome outcome = routing.ask(context, name, tail);
            if (outcome instanceof RunRouting.Outcome.Failed failed) {
                fail(context, failed.status(), failed.why());
            } else if (outcome instanceof RunRouting.Outcome.NotElsewhere) {
                notHere(context, name);
            }
        }
        return run;
    }

    private void notHere(Context context, String run) {
        Readiness now = readiness.get();
        if (now.ready()) {
            fail(context, 404, "no run \"" + run + "\"; see /api/runs for those that there are");
        } else {
            fail(context, 503, "no run \"" + run + "\" yet: " + now.detail());
        }
    }

    private void notFound(Context context) {
        if (!JSON.equals(context.res().getContentType())) { // else a handler said what is missing
            fail(context, 404, "no page " + context.path() + "; see / for what there is");
        }
    }

    private void fail(Context context, int status, String message) {
        context.status(status);
        json(context, views.error(message));
    }

    private void json(Context context, Object node) {
        context.contentType(JSON).result(views.bytes(node));
    }

    @Override
    public void close() {
        server.stop();
    }
}
