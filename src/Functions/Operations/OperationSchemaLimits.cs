using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Recovery;
using static McpFunctions.Functions.Documentation.SchemaLimits;

namespace McpFunctions.Functions.Operations;

/// <summary>The limits that the documents show.</summary>
internal static class OperationSchemaLimits
{
    /// <summary>The limits.</summary>
    public static SchemaLimits All { get; } = new SchemaLimits()
        .Optional<ReplayRequest>(nameof(ReplayRequest.Types))
        .Optional<RetryRequest>(nameof(RetryRequest.Type))
        .Add<ReplayRequest>(nameof(ReplayRequest.Consumer), OneOf([.. Subscriptions.Consumers]))
        .Add<ReplayRequest>(nameof(ReplayRequest.Types), SomeOf(1, EventTypes.All))
        .Add<ReplayRequest>(nameof(ReplayRequest.From), Format("date-time"))
        .Add<ReplayRequest>(nameof(ReplayRequest.To), Format("date-time"))
        .Add<RetryRequest>(nameof(RetryRequest.Consumer), OneOf([.. Subscriptions.Consumers]))
        .Add<RetryRequest>(nameof(RetryRequest.Type), OneOf([.. EventTypes.All]))
        .Add<ConsumerResponse>(nameof(ConsumerResponse.Name), OneOf([.. Subscriptions.Consumers]))
        .Add<ConsumerResponse>(nameof(ConsumerResponse.Delivered), AtLeast(0))
        .Add<ConsumerResponse>(nameof(ConsumerResponse.Recovered), AtLeast(0))
        .Add<ConsumerResponse>(nameof(ConsumerResponse.Pending), AtLeast(0))
        .Add<ConsumerResponse>(nameof(ConsumerResponse.LagSeconds), AtLeast(0))
        .Add<ConsumerResponse>(nameof(ConsumerResponse.DeadLetters), AtLeast(0))
        .Add<ConsumerResponse>(nameof(ConsumerResponse.OpenReplays), AtLeast(0))
        .Add<DeadLetter>(nameof(DeadLetter.Consumer), OneOf([.. Subscriptions.Consumers]))
        .Add<DeadLetter>(nameof(DeadLetter.Id), Text(1))
        .Add<DeadLetter>(nameof(DeadLetter.Attempts), AtLeast(0))
        .Add<ReplayJob>(nameof(ReplayJob.Id), Format("uuid"))
        .Add<ReplayJob>(nameof(ReplayJob.Consumer), OneOf([.. Subscriptions.Consumers]))
        .Add<ReplayJob>(nameof(ReplayJob.Types), SomeOf(1, EventTypes.All))
        .Add<ReplayJob>(nameof(ReplayJob.Status), OneOf(ReplayJobs.Running, ReplayJobs.Done))
        .Add<ReplayJob>(nameof(ReplayJob.Matched), AtLeast(0))
        .Add<ReplayJob>(nameof(ReplayJob.Delivered), AtLeast(0))
        .Add<ReplayJob>(nameof(ReplayJob.Failed), AtLeast(0))
        .Add<RetryResponse>(nameof(RetryResponse.Matched), AtLeast(0))
        .Add<RetryResponse>(nameof(RetryResponse.Delivered), AtLeast(0))
        .Add<RetryResponse>(nameof(RetryResponse.Failed), AtLeast(0));
}
