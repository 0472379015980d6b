// The construct grants the same as the Java app, and deploys the released template.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { App, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';

const { Keepwarm } = createRequire(import.meta.url)('../dist/index.js');
const templates = new URL('../../target/templates/', import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(name, templates), 'utf8'));

const directory = mkdtempSync(join(tmpdir(), 'keepwarm-cdk-'));
after(() => rmSync(directory, { recursive: true, force: true }));
for (const zip of ['managed', 'pinned-x86_64', 'pinned-arm64', 'extension-x86_64', 'extension-arm64']) {
  writeFileSync(join(directory, `keepwarm-${zip}.zip`), zip);
}

function role(stack, id) {
  return new Role(stack, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
}

/** A template, with what `then` grants. */
function synthesised(props, then = () => {}) {
  const app = new App({ outdir: mkdtempSync(join(directory, 'out-')) });
  const stack = new Stack(app, 'Callers');
  const keepwarm = new Keepwarm(stack, 'Keepwarm', { code: directory, ...props });
  then(keepwarm, stack, app);
  return app.synth().getStackByName('Callers').template;
}

/** The statements of the policy of a role, as who may do what. */
function statements(template, id) {
  const [, policy] = Object.entries(template.Resources).find(
    ([name, { Type }]) => Type === 'AWS::IAM::Policy' && name.startsWith(`${id}DefaultPolicy`),
  );
  return JSON.parse(
    // One app has the suffix as a parameter, the other as a part of each name.
    JSON.stringify(policy.Properties.PolicyDocument.Statement),
  );
}

test('grantsAreThoseOfTheJavaApp', () => {
  const granted = read('granted.json');
  const template = synthesised({}, (keepwarm, stack) => {
    keepwarm.grantRead(role(stack, 'Reader'));
    keepwarm.grantReadForTenant(role(stack, 'AcmesReader'), 'acme');
    keepwarm.grantResolve(role(stack, 'ResolverCaller'));
    keepwarm.grantPublish(role(stack, 'Publisher'), 'Credential Invalidated');
  });
  for (const id of ['Reader', 'AcmesReader', 'ResolverCaller', 'Publisher']) {
    assert.deepEqual(statements(template, id), statements(granted, id), id);
  }
  const tags = Object.entries(template.Resources).find(([id, { Type }]) =>
    Type === 'AWS::IAM::Role' && id.startsWith('Publisher'))[1].Properties.Tags;
  assert.equal(tags[0].Key, 'keepwarm-publisher');
  assert.match(JSON.stringify(tags[0].Value), /keepwarm/);
});

test('allOfTheTemplateIsThere', () => {
  const released = read('released.json');
  const template = synthesised({});
  for (const [id, { Type }] of Object.entries(released.Resources)) {
    assert.equal(template.Resources[id]?.Type, Type, id);
  }
  assert.equal(template.Parameters?.CodeBucket, undefined);
});

test('theCodeIsUploaded', () => {
  const template = synthesised({ architecture: 'arm64' });
  const functions = Object.values(template.Resources).filter(
    ({ Type }) => Type === 'AWS::Lambda::Function',
  );
  assert.equal(functions.length, 3);
  for (const { Properties } of functions) {
    assert.match(JSON.stringify(Properties.Code), /cdk-hnb659fds-assets.*[0-9a-f]{64}\.zip/);
    assert.deepEqual(Properties.Architectures, ['arm64']);
  }
});

test('theExtensionsLayersAreUploadedAndGivenToFunctions', () => {
  const released = read('released.json');
  for (const [wanted, parameter] of [
    [['arm64'], 'arm64'],
    [['x86_64', 'arm64'], 'both'],
  ]) {
    let keepwarm;
    let stack;
    const template = synthesised({ extensionLayers: wanted }, (made, own) => {
      keepwarm = made;
      stack = own;
    });
    const layers = Object.entries(template.Resources).filter(
      ([, { Type }]) => Type === 'AWS::Lambda::LayerVersion',
    );
    assert.equal(layers.length, 2);
    for (const [id, { Properties, Condition }] of layers) {
      const [architecture] = Properties.CompatibleArchitectures;
      // The template's parameter decides whether it is created.
      assert.equal(Condition, released.Resources[id].Condition);
      assert.match(JSON.stringify(template.Conditions[Condition]), new RegExp(`"${parameter}"`));
      if (wanted.includes(architecture)) {
        assert.match(JSON.stringify(Properties.Content), /cdk-hnb659fds-assets.*[0-9a-f]{64}\.zip/);
        assert.deepEqual(stack.resolve(keepwarm.extensionLayer(architecture).layerVersionArn), {
          Ref: id,
        });
      } else {
        assert.throws(() => keepwarm.extensionLayer(architecture), /extensionLayers: has no x86_64/);
      }
    }
  }
});

test('withoutExtensionsTheirZipsAreNotNeeded', () => {
  const template = synthesised({});
  for (const name of ['HasExtensionX8664', 'HasExtensionArm64']) {
    assert.match(JSON.stringify(template.Conditions[name]), /"none"/);
  }
});

test('anotherConfigurationIsAnotherVersion', () => {
  const descriptions = (props) =>
    JSON.stringify(
      Object.values(synthesised(props).Resources)
        .filter(({ Type }) => Type === 'AWS::Lambda::Version')
        .map(({ Properties }) => Properties.Description),
    );
  assert.equal(descriptions({}), descriptions({}));
  assert.notEqual(descriptions({}), descriptions({ profiles: '{"profiles":{}}' }));
});

test('freshnessRecordsAreAProperty', () => {
  const conditions = (props) => {
    const { HasCheckEvery, HasFreshness, HasSealLife } = synthesised(props).Conditions;
    return [HasCheckEvery['Fn::Not'][0], HasFreshness, HasSealLife['Fn::Not'][0]].map(
      (equal) => equal['Fn::Equals'][0],
    );
  };
  assert.deepEqual(conditions({}), ['default', 'false', 'default']);
  assert.deepEqual(
    conditions({ ttl: '1h', checkEvery: '5m', freshness: true, sealLife: '7d' }),
    ['5m', 'true', '7d'],
  );
});

test('aReaderMayBeInAnotherStack', () => {
  let callers;
  synthesised({}, (keepwarm, _stack, app) => {
    callers = new Stack(app, 'Others');
    const reader = role(callers, 'Reader');
    keepwarm.grantRead(reader);
    keepwarm.grantResolve(reader);
    keepwarm.grantPublish(reader, 'Tenant Used');
    assert.equal(Object.keys(keepwarm.readerEnvironment).length, 4);
  });
  assert.match(JSON.stringify(callers.resolve(callers.node.id)), /Others/);
});

test('aDatabaseInAVpcIsTheSource', () => {
  const template = synthesised({
    suffix: '-b',
    existingKey: 'arn:aws:kms:eu-central-1:111122223333:key/1-2-3',
    source: {
      kind: 'jdbc',
      url: 'jdbc:postgresql://db.example:5432/hr',
      query: 'SELECT name FROM credentials WHERE tenant = ?',
      tenantsQuery: 'SELECT tenant FROM t WHERE tenant > ? LIMIT ?',
      versionsQuery: 'SELECT name FROM versions WHERE tenant IN (?)',
      secret: 'hr/keepwarm',
      driverLayer: 'arn:aws:lambda:eu-central-1:111122223333:layer:postgresql:4',
      vpc: { subnetIds: ['subnet-1', 'subnet-2'], securityGroupIds: ['sg-1'] },
    },
  });
  const text = JSON.stringify(template.Resources);
  assert.match(text, /\["subnet-1","subnet-2"\]/);
  assert.match(text, /jdbc:postgresql:\/\/db\.example/);
  assert.match(text, /FROM versions WHERE/);
  assert.deepEqual(template.Conditions.FromJdbcInVpc, {
    'Fn::And': [
      { 'Fn::Equals': ['jdbc', 'jdbc'] },
      { 'Fn::Not': [{ 'Fn::Equals': [{ 'Fn::Join': ['', ['subnet-1', 'subnet-2']] }, ''] }] },
    ],
  });
});

test('aSuffixThatTheTemplateRefusesIsRefused', () => {
  for (const suffix of ['a_b', '-dlq', 'x'.repeat(33)]) {
    assert.throws(() => synthesised({ suffix }), /suffix: must be/, suffix);
  }
});

test('aTenantOutsideTheGrammarIsRefused', () => {
  synthesised({}, (keepwarm, stack) => {
    assert.throws(() => keepwarm.grantReadForTenant(role(stack, 'Reader'), 'acme*'), /tenant: must/);
  });
});

test('aRoleThatIsNotOfTheAppCannotPublish', () => {
  synthesised({}, (keepwarm, stack) => {
    const imported = Role.fromRoleArn(stack, 'I', 'arn:aws:iam::111122223333:role/imported');
    assert.throws(() => keepwarm.grantPublish(imported, 'Credential Rotated'), /role: /);
  });
});
