package dev.keepwarm.bench.starts;

import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Collections;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certification authority for one run, its certificate for 127.0.0.1, and trust files that
 * contain it besides the usual authorities, so that reading them takes as long as on AWS.
 * Immutable.
 */
final class Certificates {
  private static final Duration VALID = Duration.ofDays(1);
  private static final X500Principal ISSUER = new X500Principal("CN=Keepwarm benchmarks");
  private static final X500Principal SUBJECT = new X500Principal("CN=localhost");

  private final KeyPair serverKey;
  private final X509Certificate authority;
  private final X509Certificate server;

  private Certificates(KeyPair serverKey, X509Certificate authority, X509Certificate server) {
    this.serverKey = serverKey;
    this.authority = authority;
    this.server = server;
  }

  static Certificates make() {
    try {
      KeyPairGenerator keys = KeyPairGenerator.getInstance("EC");
      keys.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair authorityKey = keys.generateKeyPair();
      KeyPair serverKey = keys.generateKeyPair();
      JcaX509v3CertificateBuilder authority = builder(1, ISSUER, authorityKey);
      authority.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      authority.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
      JcaX509v3CertificateBuilder server = builder(2, SUBJECT, serverKey);
      server.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      server.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(
              new GeneralName[] {
                new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
                new GeneralName(GeneralName.dNSName, "localhost")
              }));
      return new Certificates(
          serverKey,
          sign(authority, authorityKey.getPrivate()),
          sign(server, authorityKey.getPrivate()));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("no certificates could be made", e);
    }
  }

  /** The context for the server's side. */
  SSLContext server() {
    try {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(null, null);
      keys.setKeyEntry(
          "server", serverKey.getPrivate(), new char[0], new Certificate[] {server, authority});
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(keys, new char[0]);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(managers.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("no server can be made of the certificates", e);
    }
  }

  /** Writes only this authority, in PEM. */
  void writeAuthority(Path file) throws IOException, GeneralSecurityException {
    Files.writeString(file, pem());
  }

  /** Writes the content of a PEM file and this authority. */
  void writeBundle(Path others, Path file) throws IOException, GeneralSecurityException {
    Files.writeString(file, Files.readString(others, StandardCharsets.UTF_8) + "\n" + pem());
  }

  /** Writes the JDK's authorities and this authority, without a password, as in the JDK. */
  void writeTrustStore(Path file) throws IOException, GeneralSecurityException {
    KeyStore trusted =
        KeyStore.getInstance(
            Path.of(System.getProperty("java.home"), "lib", "security", "cacerts").toFile(),
            (char[]) null);
    KeyStore copy = KeyStore.getInstance("PKCS12");
    copy.load(null, null);
    for (String alias : Collections.list(trusted.aliases())) {
      copy.setCertificateEntry(alias, trusted.getCertificate(alias));
    }
    copy.setCertificateEntry("bench", authority);
    try (OutputStream out = Files.newOutputStream(file)) {
      copy.store(out, null);
    }
  }

  private String pem() throws GeneralSecurityException {
    return "-----BEGIN CERTIFICATE-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(authority.getEncoded())
        + "\n-----END CERTIFICATE-----\n";
  }

  private static JcaX509v3CertificateBuilder builder(
      long serial, X500Principal subject, KeyPair key) {
    Instant now = Instant.now();
    return new JcaX509v3CertificateBuilder(
        ISSUER,
        BigInteger.valueOf(serial),
        Date.from(now.minus(VALID)),
        Date.from(now.plus(VALID)),
        subject,
        key.getPublic());
  }

  private static X509Certificate sign(JcaX509v3CertificateBuilder builder, PrivateKey key)
      throws GeneralSecurityException, OperatorCreationException {
    return new JcaX509CertificateConverter()
        .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key)));
  }
}
