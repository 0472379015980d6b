output "reader_environment" {
  description = "The environment variables of a reader"
  value = {
    KEEPWARM_CACHE_TABLE = aws_cloudformation_stack.keepwarm.outputs["CacheTable"]
    KEEPWARM_KMS_KEY     = aws_cloudformation_stack.keepwarm.outputs["KeyArn"]
    KEEPWARM_BUS         = aws_cloudformation_stack.keepwarm.outputs["Bus"]
    KEEPWARM_RESOLVER    = aws_cloudformation_stack.keepwarm.outputs["ResolverArn"]
  }
}

output "reader_policy_arn" {
  description = "Policy for roles that read the credentials of all tenants"
  value       = aws_cloudformation_stack.keepwarm.outputs["ReaderPolicyArn"]
}

output "resolver_caller_policy_arn" {
  description = "Policy for roles that invoke the resolver on a miss"
  value       = aws_cloudformation_stack.keepwarm.outputs["ResolverCallerPolicyArn"]
}

output "publisher_policy_arn" {
  description = "Policy for roles that publish changes; they also need publisher_tags"
  value       = aws_cloudformation_stack.keepwarm.outputs["PublisherPolicyArn"]
}

output "operator_policy_arn" {
  description = "Policy for the command line; to publish, the role needs publisher_tags"
  value       = aws_cloudformation_stack.keepwarm.outputs["OperatorPolicyArn"]
}

output "publisher_tags" {
  description = "Tags that a role needs to publish on the bus"
  value       = { keepwarm-publisher = "keepwarm${var.suffix}" }
}

output "outputs" {
  description = "All outputs of the stack"
  value       = aws_cloudformation_stack.keepwarm.outputs
}
