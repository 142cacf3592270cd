#!/bin/sh
# The rule with the AWS CLI: put-rule.sh EVENT_BUS_NAME QUEUE_ARN. The queue's policy must allow events.amazonaws.com to send to it.
set -eu
aws events put-rule --event-bus-name "$1" --name plus-approved \
  --event-pattern '{"source":["fractal-webhooks"],"detail-type":["verification_approved"],"detail":{"level":["plus"]}}'
aws events put-targets --event-bus-name "$1" --rule plus-approved --targets "Id=unlock,Arn=$2"
