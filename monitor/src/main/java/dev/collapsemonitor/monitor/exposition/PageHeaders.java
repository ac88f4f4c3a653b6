package dev.collapsemonitor.monitor.exposition;

import io.javalin.http.Context;

/**
 * Headers that keep a browser from running anything but our own files. Names come from the stream, so the page writes
 * them as text only; should it ever not, the browser refuses to make markup of them.
 */
final class PageHeaders {
    private static final String POLICY = String.join(
            "; ",
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'self'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'");

    private PageHeaders() {}

    static void add(Context context) {
        context.header("Content-Security-Policy", POLICY)
                .header("X-Content-Type-Options", "nosniff")
                .header("Referrer-Policy", "no-referrer");
    }
}
