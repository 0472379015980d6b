package dev.keepwarm.bench.naive;

import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbBean;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbPartitionKey;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbSortKey;

/** A row of the cache table; times are milliseconds, {@code ttl} seconds. */
@DynamoDbBean
public class SealedCredential {
  private String tenant = "";
  private String name = "";
  private String state = "";
  private long fence;
  private long version;
  private SdkBytes sealed = SdkBytes.fromByteArray(new byte[0]);
  private SdkBytes dataKey = SdkBytes.fromByteArray(new byte[0]);
  private long dataKeyCreatedAt;
  private long sealedAt;
  private long softExpiresAt;
  private long hardExpiresAt;
  private int siblings;
  private long ttl;

  @DynamoDbPartitionKey
  public String getTenant() {
    return tenant;
  }

  public void setTenant(String tenant) {
    this.tenant = tenant;
  }

  @DynamoDbSortKey
  public String getName() {
    return name;
  }

  public void setName(String name) {
    this.name = name;
  }

  public String getState() {
    return state;
  }

  public void setState(String state) {
    this.state = state;
  }

  public long getFence() {
    return fence;
  }

  public void setFence(long fence) {
    this.fence = fence;
  }

  public long getVersion() {
    return version;
  }

  public void setVersion(long version) {
    this.version = version;
  }

  public SdkBytes getSealed() {
    return sealed;
  }

  public void setSealed(SdkBytes sealed) {
    this.sealed = sealed;
  }

  public SdkBytes getDataKey() {
    return dataKey;
  }

  public void setDataKey(SdkBytes dataKey) {
    this.dataKey = dataKey;
  }

  public long getDataKeyCreatedAt() {
    return dataKeyCreatedAt;
  }

  public void setDataKeyCreatedAt(long dataKeyCreatedAt) {
    this.dataKeyCreatedAt = dataKeyCreatedAt;
  }

  public long getSealedAt() {
    return sealedAt;
  }

  public void setSealedAt(long sealedAt) {
    this.sealedAt = sealedAt;
  }

  public long getSoftExpiresAt() {
    return softExpiresAt;
  }

  public void setSoftExpiresAt(long softExpiresAt) {
    this.softExpiresAt = softExpiresAt;
  }

  public long getHardExpiresAt() {
    return hardExpiresAt;
  }

  public void setHardExpiresAt(long hardExpiresAt) {
    this.hardExpiresAt = hardExpiresAt;
  }

  public int getSiblings() {
    return siblings;
  }

  public void setSiblings(int siblings) {
    this.siblings = siblings;
  }

  public long getTtl() {
    return ttl;
  }

  public void setTtl(long ttl) {
    this.ttl = ttl;
  }
}
