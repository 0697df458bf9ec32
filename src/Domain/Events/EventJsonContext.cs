using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpFunctions.Domain.ApiKeys;
using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Commands;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Health;
using McpFunctions.Domain.Sessions;
using McpFunctions.Domain.Workflows;

namespace McpFunctions.Domain.Events;

/// <summary>How events are written: camelCase, absent optionals omitted, text as JavaScript's <c>JSON.stringify</c> leaves it.</summary>
[JsonSerializable(typeof(DomainEvent))]
[JsonSerializable(typeof(FileUploaded))]
[JsonSerializable(typeof(FileUpdated))]
[JsonSerializable(typeof(FileDeleted))]
[JsonSerializable(typeof(CommandStarted))]
[JsonSerializable(typeof(CommandCompleted))]
[JsonSerializable(typeof(CommandFailed))]
[JsonSerializable(typeof(WorkflowTriggered))]
[JsonSerializable(typeof(WorkflowCompleted))]
[JsonSerializable(typeof(SessionCreated))]
[JsonSerializable(typeof(SessionExpired))]
[JsonSerializable(typeof(AuthLogin))]
[JsonSerializable(typeof(AuthLogout))]
[JsonSerializable(typeof(AuthFailed))]
[JsonSerializable(typeof(ApiKeyCreated))]
[JsonSerializable(typeof(ApiKeyRevoked))]
[JsonSerializable(typeof(HealthDegraded))]
[JsonSerializable(typeof(HealthRestored))]
internal sealed partial class EventJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the wire; the encoder cannot be named in an attribute.</summary>
    public static EventJsonContext Wire { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
