variable "release" {
  description = "Directory with the release: template.json, keepwarm-managed.zip, keepwarm-pinned-ARCHITECTURE.zip"
  type        = string
}

variable "code_bucket" {
  description = "Name of a bucket in the stack's Region, for the template and the zips"
  type        = string
}

variable "code_prefix" {
  description = "Prefix of the keys of these objects, at most 63 characters; a digest of the zips follows it"
  type        = string
  default     = "keepwarm/"

  validation {
    condition     = length(var.code_prefix) <= 63
    error_message = "Must be at most 63 characters."
  }
}

variable "suffix" {
  description = "Suffix of every name, so that several stacks can exist side by side"
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{0,32}$", var.suffix))
    error_message = "Must be at most 32 letters, digits and hyphens."
  }

  validation {
    condition     = !startswith(var.suffix, "-dlq")
    error_message = "Must not begin with -dlq, as the names of dead-letter queues end."
  }
}

variable "architecture" {
  description = "x86_64 or arm64"
  type        = string
  default     = "x86_64"

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "Must be x86_64 or arm64."
  }
}

variable "ttl" {
  description = "Hard lifetime of an entry: 15m, 30m, 1h, 6h or 24h"
  type        = string
  default     = "15m"

  validation {
    condition     = contains(["15m", "30m", "1h", "6h", "24h"], var.ttl)
    error_message = "Must be 15m, 30m, 1h, 6h or 24h."
  }
}

variable "check_every" {
  description = "How often every tenant is compared with the source, at most a third of ttl, which is the default"
  type        = string
  default     = "default"

  validation {
    condition     = contains(["default", "1m", "5m", "10m", "20m", "1h", "2h"], var.check_every)
    error_message = "Must be default, 1m, 5m, 10m, 20m, 1h or 2h, and at most a third of ttl."
  }
}

variable "freshness" {
  description = "Whether the decryptor writes freshness records instead of sealing unchanged entries again"
  type        = bool
  default     = false
}

variable "seal_life" {
  description = "Only with freshness: how long a seal lasts, at least twice ttl; by default 24 hours"
  type        = string
  default     = "default"

  validation {
    condition     = contains(["default", "12h", "24h", "48h", "7d"], var.seal_life)
    error_message = "Must be default, 12h, 24h, 48h or 7d, and at least twice ttl."
  }
}

variable "source_kind" {
  description = "Where the originals are: dynamodb, jdbc or secretsmanager"
  type        = string
  default     = "dynamodb"

  validation {
    condition     = contains(["dynamodb", "jdbc", "secretsmanager"], var.source_kind)
    error_message = "Must be dynamodb, jdbc or secretsmanager."
  }
}

variable "profiles" {
  description = "The profiles, as JSON of at most 2,500 characters"
  type        = string
  default     = ""
}

variable "jdbc" {
  description = "Only for the source jdbc"
  type = object({
    url            = optional(string, "")
    query          = optional(string, "")
    tenants_query  = optional(string, "")
    versions_query = optional(string, "")
    secret         = optional(string, "")
    driver_layer   = optional(string, "")
  })
  default = {}
}

variable "vpc_subnet_ids" {
  description = "Only for the source jdbc: subnets that reach the database"
  type        = list(string)
  default     = []
}

variable "vpc_security_group_ids" {
  description = "Only with vpc_subnet_ids"
  type        = list(string)
  default     = []
}

variable "secrets_prefix" {
  description = "Only for secretsmanager: prefix of the secrets' names"
  type        = string
  default     = "keepwarm/"
}

variable "secrets_profile" {
  description = "Only for secretsmanager: the profile of all secrets"
  type        = string
  default     = ""
}

variable "alarm_topic" {
  description = "ARN of the SNS topic that alarms go to"
  type        = string
  default     = ""
}

variable "existing_key" {
  description = "ARN of a KMS key, instead of a new one"
  type        = string
  default     = ""
}

variable "existing_tables" {
  description = "Whether the wheel table and the source table exist already; requires existing_key"
  type        = bool
  default     = false
}

variable "reserved_concurrency" {
  description = "Reserved concurrency of each function, which is also its maximum; 0 reserves nothing"
  type = object({
    decryptor = optional(number, 0)
    resolver  = optional(number, 0)
    warmer    = optional(number, 0)
  })
  default = {}
}

variable "extension_layers" {
  description = "Architectures of functions in other languages, which read through the Lambda extension"
  type        = string
  default     = "none"

  validation {
    condition     = contains(["none", "x86_64", "arm64", "both"], var.extension_layers)
    error_message = "Must be none, x86_64, arm64 or both."
  }
}

variable "snap_start" {
  description = "False in a Region without SnapStart"
  type        = bool
  default     = true
}

variable "event_schemas" {
  description = "False in a Region without a schema registry"
  type        = bool
  default     = true
}

variable "tenant_readers" {
  description = "Names of roles that may read one tenant each, with that tenant"
  type        = map(string)
  default     = {}
}

variable "tags" {
  description = "Tags of the stack, and so of its resources"
  type        = map(string)
  default     = {}
}
