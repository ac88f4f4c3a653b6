# The monitor (and every other command) as an image: docker build -t collapse-monitor .
FROM maven:3.9-eclipse-temurin-17 AS build
WORKDIR /src
COPY . .
RUN mvn -B -ntp -Dmaven.test.skip=true -pl standalone -am package \
 && mkdir /lib-image \
 && cp standalone/target/collapse-standalone-*.jar /lib-image/ \
 && tr ':' '\n' < standalone/target/launcher/classpath | xargs -I{} cp {} /lib-image/

FROM eclipse-temurin:17-jre
# curl: for the health check. libgomp1: OpenMP, which the native libraries of ND4J want.
RUN apt-get update \
 && apt-get install -y --no-install-recommends curl libgomp1 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --home-dir /var/lib/collapse --uid 10001 collapse
COPY --from=build /lib-image/ /opt/collapse/lib/
COPY collapse /opt/collapse/collapse
RUN ln -s /opt/collapse/collapse /usr/local/bin/collapse
USER collapse
WORKDIR /var/lib/collapse
# In a container loopback is nobody; the state lies in a volume.
ENV COLLAPSE_HTTP_HOST=0.0.0.0 \
    COLLAPSE_HTTP_PORT=8080 \
    COLLAPSE_STATE_DIR=/var/lib/collapse/state
VOLUME /var/lib/collapse
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD curl -fsS "http://127.0.0.1:${COLLAPSE_HTTP_PORT}/health/live" || exit 1
ENTRYPOINT ["collapse"]
CMD ["monitor"]
