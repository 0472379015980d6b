package dev.keepwarm.local;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files that an installed Keepwarm does not contain and downloads on first use. The build
 * writes this list.
 *
 * @param id differs between lists with different content
 * @param items what to download, in the order of the list
 */
record DownloadList(String id, List<Item> items) {
  private static final int ID_LENGTH = 16;

  /**
   * One file of a Maven repository.
   *
   * @param coordinates {@code group:artifact:extension:version}, or with a classifier before the
   *     version
   * @param sha256 in lower-case hexadecimal
   */
  record Item(String coordinates, String sha256) {
    private static final Pattern LINE =
        Pattern.compile("([0-9a-f]{64}) {2}([\\w.-]+(?::[\\w.-]+){3,4})");

    static Item parse(String line) {
      Matcher item = LINE.matcher(line);
      if (!item.matches()) {
        throw new KeepwarmException(
            ErrorCode.INVALID_CONFIGURATION,
            "a line of the list of downloads must be a SHA-256, two spaces and Maven coordinates");
      }
      return new Item(item.group(2), item.group(1));
    }
  }

  /**
   * Reads a list.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION} if a line is malformed
   */
  static DownloadList read(Path file) throws IOException {
    byte[] list = Files.readAllBytes(file);
    return new DownloadList(
        sha256(list).substring(0, ID_LENGTH),
        new String(list, StandardCharsets.UTF_8)
            .lines()
            .filter(line -> !line.isBlank())
            .map(Item::parse)
            .toList());
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
