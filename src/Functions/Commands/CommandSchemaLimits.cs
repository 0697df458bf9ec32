using McpFunctions.Domain.Commands;
using McpFunctions.Functions.Documentation;
using static McpFunctions.Functions.Documentation.SchemaLimits;

namespace McpFunctions.Functions.Commands;

/// <summary>The limits that the documents show.</summary>
internal static class CommandSchemaLimits
{
    /// <summary>The limits.</summary>
    public static SchemaLimits All { get; } = new SchemaLimits()
        .Optional<StartCommandRequest>(nameof(StartCommandRequest.Input))
        .Optional<StartCommandRequest>(nameof(StartCommandRequest.Arguments))
        .Optional<StartCommandRequest>(nameof(StartCommandRequest.SessionId))
        .Optional<CompleteCommandRequest>(nameof(CompleteCommandRequest.Output))
        .Optional<CompleteCommandRequest>(nameof(CompleteCommandRequest.Result))
        .Add<StartCommandRequest>(nameof(StartCommandRequest.Name), Text(1, CommandService.MaxNameLength))
        .Add<StartCommandRequest>(nameof(StartCommandRequest.SessionId), Text(1, CommandService.MaxSessionIdLength))
        .Add<StartCommandRequest>(nameof(StartCommandRequest.Arguments), Deprecated())
        .Add<CompleteCommandRequest>(nameof(CompleteCommandRequest.Result), Deprecated())
        .Add<FailCommandRequest>(nameof(FailCommandRequest.Error), Text(1, CommandService.MaxErrorLength))
        .Add<CommandRecord>(nameof(CommandRecord.Id), Format("uuid"))
        .Add<CommandRecord>(nameof(CommandRecord.Name), Text(1, CommandService.MaxNameLength))
        .Add<CommandRecord>(nameof(CommandRecord.SessionId), Text(1, CommandService.MaxSessionIdLength))
        .Add<CommandRecord>(nameof(CommandRecord.Status), OneOf(CommandStatus.Started, CommandStatus.Completed, CommandStatus.Failed))
        .Add<CommandRecord>(nameof(CommandRecord.DurationMs), AtLeast(0))
        .Add<CommandRecord>(nameof(CommandRecord.Error), Text(1, CommandService.MaxErrorLength));
}
