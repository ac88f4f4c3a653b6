package dev.collapsemonitor.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.collapsemonitor.protocol.Topic;
import java.io.IOException;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.Test;

class DocumentedAclsTest {
    @Test
    void theMonitorMayReadOrWriteEveryTopic() throws IOException {
        Set<String> topics = DocumentedAcls.all().stream()
                .filter(acl -> acl.entry().principal().equals("User:monitor"))
                .filter(acl -> acl.pattern().resourceType() == ResourceType.TOPIC)
                .filter(DocumentedAclsTest::readsOrWrites)
                .map(acl -> acl.pattern().name())
                .collect(Collectors.toSet());
        for (Topic topic : Topic.values()) {
            assertThat(topics).contains(topic.topicName());
        }
    }

    private static boolean readsOrWrites(AclBinding acl) {
        return acl.entry().operation() == AclOperation.READ || acl.entry().operation() == AclOperation.WRITE;
    }
}
