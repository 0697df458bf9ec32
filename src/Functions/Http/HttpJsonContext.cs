using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using McpFunctions.Domain;
using McpFunctions.Domain.ApiKeys;
using McpFunctions.Domain.Audit;
using McpFunctions.Domain.Commands;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Domain.Users;
using McpFunctions.Domain.Workflows;
using McpFunctions.Functions.ApiKeys;
using McpFunctions.Functions.Auth;
using McpFunctions.Functions.Commands;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Files;
using McpFunctions.Functions.Health;
using McpFunctions.Functions.Notifications;
using McpFunctions.Functions.Operations;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Sessions;
using McpFunctions.Functions.Users;
using McpFunctions.Functions.Workflows;

namespace McpFunctions.Functions.Http;

/// <summary>The JSON of the HTTP API.</summary>
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(LoginRequest))]
[JsonSerializable(typeof(LoginAnswer))]
[JsonSerializable(typeof(CredentialAnswer))]
[JsonSerializable(typeof(ChangePasswordRequest))]
[JsonSerializable(typeof(CreateUserRequest))]
[JsonSerializable(typeof(SetPasswordRequest))]
[JsonSerializable(typeof(UserRecord))]
[JsonSerializable(typeof(Page<UserRecord>))]
[JsonSerializable(typeof(Page<SessionAnswer>))]
[JsonSerializable(typeof(CreateApiKeyRequest))]
[JsonSerializable(typeof(IssuedApiKeyAnswer))]
[JsonSerializable(typeof(Page<ApiKeyRecord>))]
[JsonSerializable(typeof(RenameRequest))]
[JsonSerializable(typeof(StartCommandRequest))]
[JsonSerializable(typeof(CompleteCommandRequest))]
[JsonSerializable(typeof(FailCommandRequest))]
[JsonSerializable(typeof(CommandRecord))]
[JsonSerializable(typeof(Page<CommandRecord>))]
[JsonSerializable(typeof(TriggerWorkflowRequest))]
[JsonSerializable(typeof(CompleteWorkflowRequest))]
[JsonSerializable(typeof(WorkflowRecord))]
[JsonSerializable(typeof(Page<WorkflowRecord>))]
[JsonSerializable(typeof(FileRecord))]
[JsonSerializable(typeof(IReadOnlyList<FileRecord>))]
[JsonSerializable(typeof(Page<FileRecord>))]
[JsonSerializable(typeof(Page<DomainEvent>))]
[JsonSerializable(typeof(Page<AuditEntry>))]
[JsonSerializable(typeof(Page<ConsumerAnswer>))]
[JsonSerializable(typeof(Page<DeadLetter>))]
[JsonSerializable(typeof(ReplayRequest))]
[JsonSerializable(typeof(ReplayJob))]
[JsonSerializable(typeof(RetryRequest))]
[JsonSerializable(typeof(RetryAnswer))]
[JsonSerializable(typeof(NotificationList))]
[JsonSerializable(typeof(StreamTicket))]
[JsonSerializable(typeof(OrchestratorContext))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(HealthAnswer))]
internal sealed partial class HttpJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the API.</summary>
    public static HttpJsonContext Api { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        // Refuse a field that occurs twice, since parsers disagree about which one counts.
        AllowDuplicateProperties = false,
        // Refuse an unknown field: it is a mistake of the client, and its value would be lost.
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new WholeNumberConverter() },
    });
}
