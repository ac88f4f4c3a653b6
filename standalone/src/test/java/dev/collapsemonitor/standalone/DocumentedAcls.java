package dev.collapsemonitor.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** The table of ACLs in docs/security.md. */
final class DocumentedAcls {
    private static final Path DOCUMENT = Path.of("..", "docs", "security.md");

    private DocumentedAcls() {}

    static List<AclBinding> all() throws IOException {
        List<AclBinding> acls = new ArrayList<>();
        for (String line : Files.readAllLines(DOCUMENT)) {
            String[] cells = line.split("\\s*\\|\\s*");
            if (cells.length == 6 && Stream.of("prefixed", "literal").anyMatch(cells[4]::equals)) {
                for (String operation : cells[5].split(", ")) {
                    acls.add(new AclBinding(
                            new ResourcePattern(
                                    ResourceType.fromString(upper(cells[2])),
                                    cells[3].replace("`", ""),
                                    PatternType.fromString(upper(cells[4]))),
                            new AccessControlEntry(
                                    "User:" + cells[1],
                                    "*",
                                    AclOperation.fromString(upper(operation)),
                                    AclPermissionType.ALLOW)));
                }
            }
        }
        return acls;
    }

    /** Kafka's names of constants: TransactionalId is TRANSACTIONAL_ID. */
    private static String upper(String name) {
        return name.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT);
    }
}
