# The rule in Terraform, for an existing function. Events on which the function fails are lost unless the function itself has a
# dead_letter_config; the queue here gets those that EventBridge can't pass to it.
variable "event_bus_name" {
  description = "The output EventBusName of the receiver"
  type        = string
}

variable "unlock_arn" {
  description = "The ARN of the function that unlocks"
  type        = string
}

resource "aws_cloudwatch_event_rule" "plus_approved" {
  event_bus_name = var.event_bus_name
  event_pattern = jsonencode({
    source        = ["fractal-webhooks"]
    "detail-type" = ["verification_approved"]
    detail        = { level = ["plus"] }
  })
}

resource "aws_cloudwatch_event_target" "unlock" {
  event_bus_name = var.event_bus_name
  rule           = aws_cloudwatch_event_rule.plus_approved.name
  arn            = var.unlock_arn

  dead_letter_config {
    arn = aws_sqs_queue.not_unlocked.arn
  }
}

resource "aws_lambda_permission" "may_invoke" {
  action        = "lambda:InvokeFunction"
  function_name = var.unlock_arn
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.plus_approved.arn
}

resource "aws_sqs_queue" "not_unlocked" {}

resource "aws_sqs_queue_policy" "may_send" {
  queue_url = aws_sqs_queue.not_unlocked.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.not_unlocked.arn
      Condition = { ArnEquals = { "aws:SourceArn" = aws_cloudwatch_event_rule.plus_approved.arn } }
    }]
  })
}
