import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CfnElement, CfnResource, Stack, Tags, Token } from 'aws-cdk-lib';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnFunction, CfnLayerVersion, type ILayerVersion, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';

/** Where the originals are. */
export type Source =
  | { readonly kind: 'dynamodb' }
  | {
      readonly kind: 'jdbc';
      readonly url: string;
      readonly query: string;
      readonly tenantsQuery: string;
      /** Compares versions without reading the values; `docs/sources.md` says when to use it. */
      readonly versionsQuery?: string;
      /** Name of the secret with the login. */
      readonly secret: string;
      /** ARN of a layer version with the driver. */
      readonly driverLayer: string;
      readonly vpc?: { readonly subnetIds: string[]; readonly securityGroupIds: string[] };
    }
  | { readonly kind: 'secretsmanager'; readonly prefix?: string; readonly profile?: string };

/** The properties of {@link Keepwarm}; `docs/deploying.md` has the defaults. */
export interface KeepwarmProps {
  /**
   * Directory with the release's `keepwarm-managed.zip` and `keepwarm-pinned-ARCHITECTURE.zip`,
   * which are uploaded as assets.
   */
  readonly code: string;
  /** Suffix of every name; at most 32 letters, digits and hyphens, not beginning with `-dlq`. */
  readonly suffix?: string;
  readonly architecture?: Architecture;
  readonly ttl?: '15m' | '30m' | '1h' | '6h' | '24h';
  /** How often every tenant is compared with the source: at most a third of `ttl`, the default. */
  readonly checkEvery?: '1m' | '5m' | '10m' | '20m' | '1h' | '2h';
  /** Whether the decryptor writes freshness records instead of sealing unchanged entries again. */
  readonly freshness?: boolean;
  /** Only with `freshness`: how long a seal lasts, at least twice `ttl`; by default 24 hours. */
  readonly sealLife?: '12h' | '24h' | '48h' | '7d';
  readonly source?: Source;
  /** The profiles, as JSON of at most 2,500 characters. */
  readonly profiles?: string;
  /** ARN of the SNS topic that alarms go to. */
  readonly alarmTopic?: string;
  /** ARN of a KMS key, instead of a new one. */
  readonly existingKey?: string;
  /** Whether the wheel table and the source table exist already; requires `existingKey`. */
  readonly existingTables?: boolean;
  readonly reservedConcurrency?: {
    readonly decryptor?: number;
    readonly resolver?: number;
    readonly warmer?: number;
  };
  /**
   * Architectures of functions in other languages, which read through the Lambda extension. `code`
   * must contain `keepwarm-extension-ARCHITECTURE.zip` for each.
   */
  readonly extensionLayers?: readonly Architecture[];
  readonly snapStart?: boolean;
  readonly eventSchemas?: boolean;
}

/** The processor architecture of the functions. */
export type Architecture = 'x86_64' | 'arm64';

/** A kind of event that roles may publish. */
export type Publishable =
  | 'Credential Rotated'
  | 'Credential Invalidated'
  | 'Credential Revoked'
  | 'Credential Unrevoked'
  | 'Tenant Used';

/** Grammar of a tenant: a wildcard would grant access to other tenants. */
const TENANT = /^[A-Za-z0-9._:@/+=-]{1,128}$/;

/**
 * Keepwarm on AWS, one in a stack: it deploys the released template, as every other tool does.
 * No role can read credentials or publish changes before it gets a grant here.
 */
export class Keepwarm extends Construct {
  private readonly include: CfnInclude;
  private readonly outputs: Record<string, { Value: unknown }>;
  private readonly existingKey: string | undefined;
  private readonly extensions: ReadonlyMap<string, ILayerVersion>;

  constructor(scope: Construct, id: string, props: KeepwarmProps) {
    super(scope, id);
    const templateFile = join(__dirname, '..', 'template.json');
    const templateText = readFileSync(templateFile, 'utf8');
    const template = JSON.parse(templateText);
    // A value that replaces the parameter is not checked against the parameter's pattern.
    const pattern = new RegExp(`^(?:${template.Parameters.Suffix.AllowedPattern})$`);
    if (props.suffix !== undefined && !Token.isUnresolved(props.suffix) && !pattern.test(props.suffix)) {
      throw new Error('suffix: must be at most 32 letters, digits and hyphens, and not begin with -dlq');
    }
    this.outputs = template.Outputs;
    this.existingKey = props.existingKey;
    const architecture = props.architecture ?? 'x86_64';
    const zip = (name: string) =>
      new Asset(this, name, { path: join(props.code, `keepwarm-${name}.zip`) });
    const managed = zip('managed');
    const pinned = zip(`pinned-${architecture}`);
    const parameters = {
      ...parametersOf(props),
      CodeBucket: managed.s3BucketName,
      Architecture: architecture,
    };
    // A version is published when its description changes, and only then.
    const digest = createHash('sha256').update(JSON.stringify(parametersOf(props)));
    digest.update(managed.assetHash).update(pinned.assetHash).update(templateText);
    this.include = new CfnInclude(this, 'Template', {
      templateFile,
      parameters: {
        ...Object.fromEntries(
          Object.entries(template.Parameters as Record<string, { Default?: unknown; Type: string }>).map(
            ([name, { Default, Type }]) => [
              name,
              Type === 'CommaDelimitedList' ? [] : (Default ?? ''),
            ],
          ),
        ),
        ...parameters,
        Deployment: digest.digest('hex').slice(0, 32),
      },
    });
    const extensions = new Map<string, ILayerVersion>();
    for (const [name, resource] of Object.entries(
      template.Resources as Record<
        string,
        { Type: string; Properties: { Runtime?: string; CompatibleArchitectures?: string[] } }
      >,
    )) {
      if (resource.Type === 'AWS::Lambda::Function') {
        const asset = resource.Properties.Runtime?.startsWith('java') ? managed : pinned;
        (this.include.getResource(name) as CfnFunction).code = {
          s3Bucket: asset.s3BucketName,
          s3Key: asset.s3ObjectKey,
        };
      }
      const compatible = resource.Properties.CompatibleArchitectures?.[0] as Architecture | undefined;
      if (compatible && props.extensionLayers?.includes(compatible)) {
        const asset = zip(`extension-${compatible}`);
        const layer = this.include.getResource(name) as CfnLayerVersion;
        layer.content = { s3Bucket: asset.s3BucketName, s3Key: asset.s3ObjectKey };
        extensions.set(
          compatible,
          LayerVersion.fromLayerVersionArn(this, `Extension-${compatible}`, layer.ref),
        );
      }
    }
    this.extensions = extensions;
  }

  /**
   * The layer with the Lambda extension, for functions of that architecture. They also take the
   * `readerEnvironment`, and their roles the grants of a reader.
   *
   * @throws Error if `extensionLayers` does not include it
   */
  extensionLayer(architecture: Architecture): ILayerVersion {
    const layer = this.extensions.get(architecture);
    if (!layer) {
      throw new Error(`extensionLayers: has no ${architecture}`);
    }
    return layer;
  }

  /** Lets a role read the credentials of all tenants. */
  grantRead(role: IRole): void {
    this.grant(role, [
      this.entries(),
      this.decrypt({
        StringEquals: { 'kms:EncryptionContext:keepwarm': '1' },
        Null: { 'kms:EncryptionContext:tenant': 'false' },
      }),
    ]);
  }

  /**
   * Lets a role read the credentials of one tenant.
   *
   * @throws Error if the tenant is outside the grammar
   */
  grantReadForTenant(role: IRole, tenant: string): void {
    if (!TENANT.test(tenant)) {
      throw new Error(
        'tenant: must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ / + = -',
      );
    }
    this.grant(role, [
      this.entries({
        'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [tenant] },
        Null: { 'dynamodb:LeadingKeys': 'false' },
      }),
      // Freshness records.
      new PolicyStatement({
        actions: ['dynamodb:GetItem'],
        resources: [this.attribute('CacheTableArn')],
        conditions: {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['#*'] },
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      }),
      this.decrypt({
        StringEquals: {
          'kms:EncryptionContext:keepwarm': '1',
          'kms:EncryptionContext:tenant': tenant,
        },
      }),
    ]);
  }

  /** Lets a role invoke the resolver on a miss. */
  grantResolve(role: IRole): void {
    this.grant(role, [
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.resolver] }),
    ]);
  }

  /** Lets a role publish events of these kinds. The app must have made the role. */
  grantPublish(role: IRole, ...kinds: Publishable[]): void {
    if (!(role.node.defaultChild instanceof CfnResource)) {
      throw new Error(
        'role: an imported role cannot be tagged; give it the tag keepwarm-publisher where it is made',
      );
    }
    this.grant(role, [
      new PolicyStatement({
        actions: ['events:PutEvents'],
        resources: [this.attribute('BusArn')],
        conditions: {
          StringEquals: { 'events:detail-type': kinds },
          'ForAllValues:StringEquals': { 'events:source': 'keepwarm' },
          Null: { 'events:source': 'false' },
        },
      }),
    ]);
    Tags.of(role).add('keepwarm-publisher', this.busName);
  }

  /** The environment variables of a reader. */
  get readerEnvironment(): Record<string, string> {
    return {
      KEEPWARM_CACHE_TABLE: this.attribute('CacheTable'),
      KEEPWARM_KMS_KEY: this.key,
      KEEPWARM_BUS: this.attribute('Bus'),
      KEEPWARM_RESOLVER: this.resolver,
    };
  }

  private get resolver(): string {
    return this.attribute('ResolverArn');
  }

  private get busName(): string {
    const bus = this.outputs.Bus?.Value as { Ref: string };
    return (this.include.getResource(bus.Ref) as unknown as { name: string }).name;
  }

  private get key(): string {
    return this.existingKey ?? this.attribute('KeyArn');
  }

  private entries(conditions: Record<string, Record<string, unknown>> = {}): PolicyStatement {
    return new PolicyStatement({
      actions: ['dynamodb:GetItem', 'dynamodb:Query'],
      resources: [this.attribute('CacheTableArn')],
      conditions,
    });
  }

  private decrypt(conditions: Record<string, Record<string, unknown>>): PolicyStatement {
    return new PolicyStatement({ actions: ['kms:Decrypt'], resources: [this.key], conditions });
  }

  /**
   * The value of an output of the template, as a reference that other stacks can use, too.
   */
  private attribute(output: string): string {
    let value = this.outputs[output]?.Value as Record<string, unknown>;
    // The properties decide whether a key or a table exists.
    while (value && 'Fn::If' in value) {
      value = (value['Fn::If'] as Record<string, unknown>[])[2] ?? {};
    }
    if (typeof value?.Ref === 'string') {
      return Token.asString((this.include.getResource(value.Ref) as CfnElement & { ref: string }).ref);
    }
    const [id, name] = value?.['Fn::GetAtt'] as [string, string];
    return Token.asString(this.include.getResource(id).getAtt(name));
  }

  private grant(role: IRole, statements: PolicyStatement[]): void {
    if (Stack.of(this).account !== role.env.account && !Token.isUnresolved(role.env.account)
      && !Token.isUnresolved(Stack.of(this).account)) {
      throw new Error('role: must be a role of this account');
    }
    for (const statement of statements) {
      if (!role.addToPrincipalPolicy(statement).statementAdded) {
        throw new Error('role: its policies cannot be changed from here');
      }
    }
  }
}

function parametersOf(props: KeepwarmProps): Record<string, unknown> {
  const source = props.source ?? { kind: 'dynamodb' };
  const reserved = props.reservedConcurrency ?? {};
  const all: Record<string, unknown> = {
    Suffix: props.suffix,
    Ttl: props.ttl,
    CheckEvery: props.checkEvery,
    Freshness: text(props.freshness),
    SealLife: props.sealLife,
    Source: source.kind,
    Profiles: props.profiles,
    AlarmTopic: props.alarmTopic,
    ExistingKey: props.existingKey,
    ExistingTables: text(props.existingTables),
    ExtensionLayers: layers(props.extensionLayers),
    SnapStart: text(props.snapStart),
    EventSchemas: text(props.eventSchemas),
    DecryptorReservedConcurrency: reserved.decryptor,
    ResolverReservedConcurrency: reserved.resolver,
    WarmerReservedConcurrency: reserved.warmer,
  };
  if (source.kind === 'jdbc') {
    all.JdbcUrl = source.url;
    all.JdbcQuery = source.query;
    all.JdbcTenantsQuery = source.tenantsQuery;
    all.JdbcVersionsQuery = source.versionsQuery;
    all.JdbcSecret = source.secret;
    all.JdbcDriverLayer = source.driverLayer;
    all.VpcSubnetIds = source.vpc?.subnetIds;
    all.VpcSecurityGroupIds = source.vpc?.securityGroupIds;
  }
  if (source.kind === 'secretsmanager') {
    all.SecretsPrefix = source.prefix;
    all.SecretsProfile = source.profile;
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function text(flag: boolean | undefined): string | undefined {
  return flag === undefined ? undefined : String(flag);
}

/** The value of the template's parameter. */
function layers(architectures: readonly Architecture[] | undefined): string | undefined {
  const wanted = new Set(architectures);
  return wanted.size > 1 ? 'both' : [...wanted][0];
}
