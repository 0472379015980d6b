package dev.keepwarm.packaging;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import dev.keepwarm.pinned.Start;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;

/** The id of a build, which identifies its code. */
final class Build {
  private Build() {}

  /** A hash of the files' names and contents. */
  static String id(List<Path> files) throws IOException {
    try {
      MessageDigest hash = MessageDigest.getInstance("SHA-256");
      for (Path file : files) {
        byte[] content = Files.readAllBytes(file);
        hash.update(
            (file.getFileName() + " " + content.length + "\n").getBytes(StandardCharsets.UTF_8));
        hash.update(content);
      }
      return HexFormat.of().formatHex(hash.digest()).substring(0, 32);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** A jar with the class {@link Start#BUILD_CLASS}, which gives the id. */
  static byte[] jar(String id) throws IOException {
    byte[] code =
        ClassFile.of()
            .build(
                ClassDesc.of(Start.BUILD_CLASS),
                type ->
                    type.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL)
                        .withInterfaceSymbols(Supplier.class.describeConstable().orElseThrow())
                        .withMethodBody(
                            INIT_NAME,
                            MTD_void,
                            ClassFile.ACC_PUBLIC,
                            body ->
                                body.aload(0)
                                    .invokespecial(CD_Object, INIT_NAME, MTD_void)
                                    .return_())
                        .withMethodBody(
                            "get",
                            MethodTypeDesc.of(CD_Object),
                            ClassFile.ACC_PUBLIC,
                            body -> body.ldc(id).areturn()));
    ByteArrayOutputStream jar = new ByteArrayOutputStream();
    try (StoredJar out = new StoredJar(jar)) {
      out.add(Start.BUILD_CLASS.replace('.', '/') + ".class", code);
    }
    return jar.toByteArray();
  }
}
