using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpFunctions.Domain.ApiKeys;
using McpFunctions.Domain.Audit;
using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Commands;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Health;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Domain.Notifications;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Domain.Quotas;
using McpFunctions.Domain.Sessions;
using McpFunctions.Domain.Users;
using McpFunctions.Domain.Workflows;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Operations;
using McpFunctions.Functions.Recovery;

namespace McpFunctions.Functions.Storage;

/// <summary>The JSON of state rows and Redis entries. It has the same form as events, so that both read alike in a storage browser.</summary>
[JsonSerializable(typeof(FileRow))]
[JsonSerializable(typeof(CommandRecord))]
[JsonSerializable(typeof(WorkflowRecord))]
[JsonSerializable(typeof(UserRow))]
[JsonSerializable(typeof(UserRecord))]
[JsonSerializable(typeof(UserDeletion))]
[JsonSerializable(typeof(LockoutRow))]
[JsonSerializable(typeof(UsageRow))]
[JsonSerializable(typeof(SessionRecord))]
[JsonSerializable(typeof(ApiKeyRow))]
[JsonSerializable(typeof(ApiKeyOwner))]
[JsonSerializable(typeof(HealthRow))]
[JsonSerializable(typeof(OnceRow<FileRecord[]>))]
[JsonSerializable(typeof(OnceRow<CommandRecord>))]
[JsonSerializable(typeof(OnceRow<WorkflowRecord>))]
[JsonSerializable(typeof(OnceRow<ApiKeyRecord>))]
[JsonSerializable(typeof(OnceRow<UserRecord>))]
[JsonSerializable(typeof(OnceRow<ReplayJob>))]
[JsonSerializable(typeof(OnceRow<RetryAnswer>))]
[JsonSerializable(typeof(DomainEvent))]
[JsonSerializable(typeof(AuditEntry))]
[JsonSerializable(typeof(Notification))]
[JsonSerializable(typeof(ContextFact))]
[JsonSerializable(typeof(DeadLetter))]
internal sealed partial class StateJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of stored JSON.</summary>
    public static StateJsonContext Stored { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
