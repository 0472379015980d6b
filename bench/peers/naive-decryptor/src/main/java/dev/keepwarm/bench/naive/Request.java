package dev.keepwarm.bench.naive;

import org.jspecify.annotations.Nullable;

/** A caller's request: a credential by its id, or a ciphertext to decode. */
public class Request {
  private @Nullable String tenant;
  private @Nullable String name;
  private @Nullable String ciphertext;

  public @Nullable String getTenant() {
    return tenant;
  }

  public void setTenant(@Nullable String tenant) {
    this.tenant = tenant;
  }

  public @Nullable String getName() {
    return name;
  }

  public void setName(@Nullable String name) {
    this.name = name;
  }

  public @Nullable String getCiphertext() {
    return ciphertext;
  }

  public void setCiphertext(@Nullable String ciphertext) {
    this.ciphertext = ciphertext;
  }
}
