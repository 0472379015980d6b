# Keepwarm, by the template of the release. Terraform hands the template to CloudFormation, so that
# there is one definition of the stack, which the build checks. See docs/deploying-terraform.md.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

locals {
  extensions = var.extension_layers == "both" ? ["x86_64", "arm64"] : var.extension_layers == "none" ? [] : [var.extension_layers]

  names = concat(
    ["keepwarm-managed.zip", "keepwarm-pinned-${var.architecture}.zip"],
    [for architecture in local.extensions : "keepwarm-extension-${architecture}.zip"],
  )

  zips = { for name in local.names : name => "${var.release}/${name}" }

  template = "${var.release}/template.json"

  # CloudFormation updates code only if its key changes: it does not compare the content.
  prefix = "${var.code_prefix}${substr(sha256(join(" ", [for zip in values(local.zips) : filesha256(zip)])), 0, 16)}/"

  # The template publishes a new version only if this digest changes.
  deployed = merge(local.parameters, {
    template = filesha256(local.template)
  })

  parameters = {
    Suffix                       = var.suffix
    CodeBucket                   = var.code_bucket
    CodePrefix                   = local.prefix
    Architecture                 = var.architecture
    Ttl                          = var.ttl
    CheckEvery                   = var.check_every
    Freshness                    = tostring(var.freshness)
    SealLife                     = var.seal_life
    Source                       = var.source_kind
    Profiles                     = var.profiles
    JdbcUrl                      = var.jdbc.url
    JdbcQuery                    = var.jdbc.query
    JdbcTenantsQuery             = var.jdbc.tenants_query
    JdbcVersionsQuery            = var.jdbc.versions_query
    JdbcSecret                   = var.jdbc.secret
    JdbcDriverLayer              = var.jdbc.driver_layer
    VpcSubnetIds                 = join(",", var.vpc_subnet_ids)
    VpcSecurityGroupIds          = join(",", var.vpc_security_group_ids)
    SecretsPrefix                = var.secrets_prefix
    SecretsProfile               = var.secrets_profile
    AlarmTopic                   = var.alarm_topic
    ExistingKey                  = var.existing_key
    ExistingTables               = tostring(var.existing_tables)
    DecryptorReservedConcurrency = tostring(var.reserved_concurrency.decryptor)
    ResolverReservedConcurrency  = tostring(var.reserved_concurrency.resolver)
    WarmerReservedConcurrency    = tostring(var.reserved_concurrency.warmer)
    ExtensionLayers              = var.extension_layers
    SnapStart                    = tostring(var.snap_start)
    EventSchemas                 = tostring(var.event_schemas)
  }
}

resource "aws_s3_object" "code" {
  for_each = local.zips

  bucket = var.code_bucket
  key    = "${local.prefix}${each.key}"
  source = each.value

  # The former objects are kept until the stack is updated, because the update may roll back to them.
  lifecycle {
    create_before_destroy = true
  }
}

# CloudFormation takes a template of this size only from a bucket.
resource "aws_s3_object" "template" {
  bucket = var.code_bucket
  key    = "${var.code_prefix}template-${filesha256(local.template)}.json"
  source = local.template
}

data "aws_s3_bucket" "code" {
  bucket = var.code_bucket
}

resource "aws_cloudformation_stack" "keepwarm" {
  name         = "keepwarm${var.suffix}"
  template_url = "https://${data.aws_s3_bucket.code.bucket_regional_domain_name}/${aws_s3_object.template.key}"
  capabilities = ["CAPABILITY_IAM"]
  tags         = var.tags

  parameters = merge(local.parameters, {
    Deployment = substr(sha256(jsonencode(local.deployed)), 0, 32)
  })

  depends_on = [aws_s3_object.code]
}

# Readers of one tenant each.
data "aws_iam_policy_document" "tenant_reader" {
  for_each = var.tenant_readers

  statement {
    actions   = ["dynamodb:GetItem", "dynamodb:Query"]
    resources = [aws_cloudformation_stack.keepwarm.outputs["CacheTableArn"]]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:LeadingKeys"
      values   = [each.value]
    }

    condition {
      test     = "Null"
      variable = "dynamodb:LeadingKeys"
      values   = ["false"]
    }
  }

  # Freshness records.
  statement {
    actions   = ["dynamodb:GetItem"]
    resources = [aws_cloudformation_stack.keepwarm.outputs["CacheTableArn"]]

    condition {
      test     = "ForAllValues:StringLike"
      variable = "dynamodb:LeadingKeys"
      values   = ["#*"]
    }

    condition {
      test     = "Null"
      variable = "dynamodb:LeadingKeys"
      values   = ["false"]
    }
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = [aws_cloudformation_stack.keepwarm.outputs["KeyArn"]]

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:keepwarm"
      values   = ["1"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:tenant"
      values   = [each.value]
    }
  }
}

resource "aws_iam_role_policy" "tenant_reader" {
  for_each = var.tenant_readers

  name   = "keepwarm${var.suffix}"
  role   = each.key
  policy = data.aws_iam_policy_document.tenant_reader[each.key].json
}
