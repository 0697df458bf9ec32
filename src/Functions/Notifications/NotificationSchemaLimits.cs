using System.Text.Json.Nodes;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Notifications;
using McpFunctions.Functions.Documentation;
using static McpFunctions.Functions.Documentation.SchemaLimits;

namespace McpFunctions.Functions.Notifications;

/// <summary>The limits that the documents show.</summary>
internal static class NotificationSchemaLimits
{
    /// <summary>The limits.</summary>
    public static SchemaLimits All { get; } = new SchemaLimits()
        .Add<Notification>(nameof(Notification.Sequence), AtLeast(1))
        .Add<Notification>(nameof(Notification.Name), Text(1, pattern: "^[a-z]+:[a-z]+$"))
        .Add<Notification>(nameof(Notification.EventId), Text(1, EventParser.MaxIdLength))
        .Add<Notification>(nameof(Notification.Payload), new JsonObject { ["type"] = "object" });
}
