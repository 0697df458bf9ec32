using McpFunctions.Domain.Audit;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Documentation;
using static McpFunctions.Functions.Documentation.SchemaLimits;

namespace McpFunctions.Functions.Audit;

/// <summary>The limits that the documents show.</summary>
internal static class AuditSchemaLimits
{
    /// <summary>The limits.</summary>
    public static SchemaLimits All { get; } = new SchemaLimits()
        .Add<AuditEntry>(nameof(AuditEntry.EventId), Text(1, EventParser.MaxIdLength))
        .Add<AuditEntry>(nameof(AuditEntry.Type), Text(1))
        .Add<AuditEntry>(nameof(AuditEntry.Action), Text(1));
}
