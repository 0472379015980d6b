package dev.keepwarm.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The input of an import, which is read twice. Standard input and pipes are copied to a temporary
 * file that only this user may read and that is deleted on close. Not thread-safe.
 */
final class ImportInput implements AutoCloseable {
  private final FileChannel channel;
  private final String name;

  private ImportInput(FileChannel channel, String name) {
    this.channel = channel;
    this.name = name;
  }

  /**
   * Opens a file, or standard input.
   *
   * @param file a path, or {@code -}
   */
  static ImportInput open(String file, InputStream standardInput) {
    try {
      if (file.equals("-")) {
        return new ImportInput(spool(standardInput), "standard input");
      }
      Path path = Path.of(file);
      if (Files.isDirectory(path)) {
        throw CommandException.input("FILE: must not be a directory");
      }
      if (Files.isRegularFile(path)) {
        return new ImportInput(FileChannel.open(path, StandardOpenOption.READ), file);
      }
      try (InputStream pipe = Files.newInputStream(path)) {
        return new ImportInput(spool(pipe), file);
      }
    } catch (NoSuchFileException | InvalidPathException e) {
      throw CommandException.input("FILE: there is no such file");
    } catch (IOException e) {
      throw cannotRead(e);
    }
  }

  static CommandException cannotRead(IOException error) {
    return CommandException.input("cannot read FILE: " + error.getClass().getSimpleName());
  }

  /** The name for messages. */
  String name() {
    return name;
  }

  /** Its length in bytes. */
  long size() throws IOException {
    return channel.size();
  }

  /** Its lines, from the beginning. */
  Lines lines() throws IOException {
    channel.position(0);
    return new Lines(Channels.newInputStream(channel));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static FileChannel spool(InputStream in) throws IOException {
    // Created with permissions for its owner only.
    Path file = Files.createTempFile("keepwarm-import", ".jsonl");
    try {
      FileChannel channel =
          FileChannel.open(
              file,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
      in.transferTo(Channels.newOutputStream(channel));
      return channel;
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(file);
      throw e;
    }
  }
}
