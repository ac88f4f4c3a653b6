package dev.collapsemonitor.trainer.arrays;

import java.nio.file.Files;
import java.nio.file.Path;

/** Opens arrays by what users type: {@code FILE.npy}, or {@code FILE.npz:NAME} for a member of an archive. */
public final class ArrayFiles {
    private ArrayFiles() {}

    /**
     * Opens an array.
     *
     * @throws dev.collapsemonitor.protocol.UserException when there is no such array, or it cannot be read
     */
    public static NpyArray open(String location) {
        int colon = location.lastIndexOf(".npz:");
        if (colon >= 0 && !Files.exists(Path.of(location))) {
            int split = colon + ".npz".length();
            return NpzFile.open(Path.of(location.substring(0, split))).array(location.substring(split + 1));
        }
        return NpyArray.open(Path.of(location));
    }
}
