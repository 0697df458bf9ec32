using System.Text.Json.Nodes;
using McpFunctions.Domain.ApiKeys;
using McpFunctions.Domain.Audit;
using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Commands;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Health;
using McpFunctions.Domain.Notifications;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Domain.Sessions;
using McpFunctions.Domain.Users;
using McpFunctions.Domain.Workflows;
using McpFunctions.Functions.ApiKeys;
using McpFunctions.Functions.Auth;
using McpFunctions.Functions.Commands;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Files;
using McpFunctions.Functions.Health;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Operations;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Sessions;
using McpFunctions.Functions.Users;
using McpFunctions.Functions.Workflows;

namespace McpFunctions.Functions.Documentation;

/// <summary>The limits of texts and numbers in requests, responses and events, which C#'s types do not express.</summary>
internal static class SchemaLimits
{
    // Properties of requests are nullable in C#, so that a 400 can name a missing one. Only these are optional.
    private static readonly HashSet<(Type Type, string Property)> s_optional =
    [
        (typeof(CreateUserRequest), nameof(CreateUserRequest.Role)),
        (typeof(CreateApiKeyRequest), nameof(CreateApiKeyRequest.ExpiresAt)),
        (typeof(StartCommandRequest), nameof(StartCommandRequest.Input)),
        (typeof(StartCommandRequest), nameof(StartCommandRequest.Arguments)),
        (typeof(StartCommandRequest), nameof(StartCommandRequest.SessionId)),
        (typeof(CompleteCommandRequest), nameof(CompleteCommandRequest.Output)),
        (typeof(CompleteCommandRequest), nameof(CompleteCommandRequest.Result)),
        (typeof(TriggerWorkflowRequest), nameof(TriggerWorkflowRequest.Input)),
        (typeof(CompleteWorkflowRequest), nameof(CompleteWorkflowRequest.Output)),
        (typeof(ReplayRequest), nameof(ReplayRequest.Types)),
        (typeof(RetryRequest), nameof(RetryRequest.Type)),
    ];

    private static readonly Dictionary<(Type Type, string Property), JsonObject> s_limits = new()
    {
        [(typeof(LoginRequest), nameof(LoginRequest.Username))] = Text(1, LoginService.MaxUsernameLength),
        [(typeof(LoginRequest), nameof(LoginRequest.Password))] = Password(1),
        [(typeof(ChangePasswordRequest), nameof(ChangePasswordRequest.CurrentPassword))] = Password(1),
        [(typeof(ChangePasswordRequest), nameof(ChangePasswordRequest.NewPassword))] = Password(PasswordRule.MinLength),
        [(typeof(SetPasswordRequest), nameof(SetPasswordRequest.Password))] = Password(PasswordRule.MinLength),
        [(typeof(CreateUserRequest), nameof(CreateUserRequest.Username))] = Text(1, Username.MaxLength, "^[A-Za-z0-9][A-Za-z0-9._+@-]*$"),
        [(typeof(CreateUserRequest), nameof(CreateUserRequest.Password))] = Password(PasswordRule.MinLength),
        [(typeof(CreateUserRequest), nameof(CreateUserRequest.Role))] = OneOf(Roles.User, Roles.Admin),
        [(typeof(CreateApiKeyRequest), nameof(CreateApiKeyRequest.Name))] = Text(1, ApiKeyService.MaxNameLength),
        [(typeof(CreateApiKeyRequest), nameof(CreateApiKeyRequest.Scopes))] = SomeOf(1, Scopes.All),
        [(typeof(CreateApiKeyRequest), nameof(CreateApiKeyRequest.ExpiresAt))] = Format("date-time"),
        [(typeof(RenameRequest), nameof(RenameRequest.Filename))] = Text(1),
        [(typeof(StartCommandRequest), nameof(StartCommandRequest.Name))] = Text(1, CommandService.MaxNameLength),
        [(typeof(StartCommandRequest), nameof(StartCommandRequest.SessionId))] = Text(1, CommandService.MaxSessionIdLength),
        [(typeof(StartCommandRequest), nameof(StartCommandRequest.Arguments))] = Deprecated(),
        [(typeof(CompleteCommandRequest), nameof(CompleteCommandRequest.Result))] = Deprecated(),
        [(typeof(FailCommandRequest), nameof(FailCommandRequest.Error))] = Text(1, CommandService.MaxErrorLength),
        [(typeof(TriggerWorkflowRequest), nameof(TriggerWorkflowRequest.Name))] = Text(1, WorkflowService.MaxNameLength),
        [(typeof(CompleteWorkflowRequest), nameof(CompleteWorkflowRequest.Status))] = OneOf(WorkflowStatus.Succeeded, WorkflowStatus.Failed),
        [(typeof(ReplayRequest), nameof(ReplayRequest.Consumer))] = OneOf([.. Subscriptions.Consumers]),
        [(typeof(ReplayRequest), nameof(ReplayRequest.Types))] = SomeOf(1, EventTypes.All),
        [(typeof(ReplayRequest), nameof(ReplayRequest.From))] = Format("date-time"),
        [(typeof(ReplayRequest), nameof(ReplayRequest.To))] = Format("date-time"),
        [(typeof(RetryRequest), nameof(RetryRequest.Consumer))] = OneOf([.. Subscriptions.Consumers]),
        [(typeof(RetryRequest), nameof(RetryRequest.Type))] = OneOf([.. EventTypes.All]),

        [(typeof(Problem), nameof(Problem.Type))] = Text(1, pattern: "^https://mcpfunctions\\.dev/problems/[a-z]+(-[a-z]+)*$"),
        [(typeof(Problem), nameof(Problem.Title))] = Text(1),
        [(typeof(Problem), nameof(Problem.Status))] = new JsonObject { ["minimum"] = 400, ["maximum"] = 599 },
        [(typeof(Problem), nameof(Problem.Detail))] = Text(1),
        [(typeof(Problem), nameof(Problem.TraceId))] = Text(1),
        [(typeof(LoginAnswer), nameof(LoginAnswer.AccessToken))] = Text(1, pattern: "^[\\w-]+\\.[\\w-]+\\.[\\w-]+$"),
        [(typeof(LoginAnswer), nameof(LoginAnswer.TokenType))] = OneOf("Bearer"),
        [(typeof(LoginAnswer), nameof(LoginAnswer.ExpiresIn))] = AtLeast(1),
        [(typeof(LoginAnswer), nameof(LoginAnswer.SessionId))] = Format("uuid"),
        [(typeof(UserAnswer), nameof(UserAnswer.Id))] = Format("uuid"),
        [(typeof(UserAnswer), nameof(UserAnswer.Role))] = OneOf(Roles.User, Roles.Admin),
        [(typeof(CredentialAnswer), nameof(CredentialAnswer.SessionId))] = Format("uuid"),
        [(typeof(CredentialAnswer), nameof(CredentialAnswer.KeyId))] = Format("uuid"),
        [(typeof(CredentialAnswer), nameof(CredentialAnswer.Scopes))] = SomeOf(0, Scopes.All),
        [(typeof(UserRecord), nameof(UserRecord.Id))] = Format("uuid"),
        [(typeof(UserRecord), nameof(UserRecord.Username))] = Text(1, Username.MaxLength),
        [(typeof(UserRecord), nameof(UserRecord.Role))] = OneOf(Roles.User, Roles.Admin),
        [(typeof(SessionAnswer), nameof(SessionAnswer.Id))] = Format("uuid"),
        [(typeof(IssuedApiKeyAnswer), nameof(IssuedApiKeyAnswer.Id))] = Format("uuid"),
        [(typeof(IssuedApiKeyAnswer), nameof(IssuedApiKeyAnswer.Key))] = Text(1, pattern: "^mcp_[0-9a-zA-Z-]+_[\\w-]+$"),
        [(typeof(IssuedApiKeyAnswer), nameof(IssuedApiKeyAnswer.Name))] = Text(1, ApiKeyService.MaxNameLength),
        [(typeof(IssuedApiKeyAnswer), nameof(IssuedApiKeyAnswer.Scopes))] = SomeOf(1, Scopes.All),
        [(typeof(ApiKeyRecord), nameof(ApiKeyRecord.Id))] = Format("uuid"),
        [(typeof(ApiKeyRecord), nameof(ApiKeyRecord.Name))] = Text(1, ApiKeyService.MaxNameLength),
        [(typeof(ApiKeyRecord), nameof(ApiKeyRecord.Scopes))] = SomeOf(1, Scopes.All),
        [(typeof(FileRecord), nameof(FileRecord.Id))] = Format("uuid"),
        [(typeof(FileRecord), nameof(FileRecord.Filename))] = Text(1, Filename.MaxBytes),
        [(typeof(FileRecord), nameof(FileRecord.Size))] = AtLeast(0),
        [(typeof(FileRecord), nameof(FileRecord.ContentType))] = Text(1, FileLimits.MaxContentTypeLength),
        [(typeof(FileRecord), nameof(FileRecord.Sha256))] = Sha256(),
        [(typeof(FileRecord), nameof(FileRecord.Version))] = AtLeast(1),
        [(typeof(CommandRecord), nameof(CommandRecord.Id))] = Format("uuid"),
        [(typeof(CommandRecord), nameof(CommandRecord.Name))] = Text(1, CommandService.MaxNameLength),
        [(typeof(CommandRecord), nameof(CommandRecord.SessionId))] = Text(1, CommandService.MaxSessionIdLength),
        [(typeof(CommandRecord), nameof(CommandRecord.Status))] = OneOf(CommandStatus.Started, CommandStatus.Completed, CommandStatus.Failed),
        [(typeof(CommandRecord), nameof(CommandRecord.DurationMs))] = AtLeast(0),
        [(typeof(CommandRecord), nameof(CommandRecord.Error))] = Text(1, CommandService.MaxErrorLength),
        [(typeof(WorkflowRecord), nameof(WorkflowRecord.Id))] = Format("uuid"),
        [(typeof(WorkflowRecord), nameof(WorkflowRecord.Name))] = Text(1, WorkflowService.MaxNameLength),
        [(typeof(WorkflowRecord), nameof(WorkflowRecord.Status))] = OneOf(WorkflowStatus.Running, WorkflowStatus.Succeeded, WorkflowStatus.Failed),
        [(typeof(WorkflowRecord), nameof(WorkflowRecord.DurationMs))] = AtLeast(0),
        [(typeof(AuditEntry), nameof(AuditEntry.EventId))] = Text(1, EventParser.MaxIdLength),
        [(typeof(AuditEntry), nameof(AuditEntry.Type))] = Text(1),
        [(typeof(AuditEntry), nameof(AuditEntry.Action))] = Text(1),
        [(typeof(Notification), nameof(Notification.Sequence))] = AtLeast(1),
        [(typeof(Notification), nameof(Notification.Name))] = Text(1, pattern: "^[a-z]+:[a-z]+$"),
        [(typeof(Notification), nameof(Notification.EventId))] = Text(1, EventParser.MaxIdLength),
        [(typeof(Notification), nameof(Notification.Payload))] = new JsonObject { ["type"] = "object" },
        [(typeof(OrchestratorContext), nameof(OrchestratorContext.Version))] = AtLeast(0),
        [(typeof(ContextCommand), nameof(ContextCommand.Status))] = OneOf(CommandStatus.Started, CommandStatus.Completed, CommandStatus.Failed),
        [(typeof(HealthAnswer), nameof(HealthAnswer.Status))] = OneOf(HealthStatus.Healthy, HealthStatus.Degraded, HealthFunctions.Unhealthy),
        [(typeof(ComponentAnswer), nameof(ComponentAnswer.Component))] = Component(),
        [(typeof(ComponentAnswer), nameof(ComponentAnswer.Status))] = OneOf(HealthStatus.Healthy, HealthStatus.Degraded, HealthStatus.Unknown),
        [(typeof(ComponentAnswer), nameof(ComponentAnswer.LatencyMs))] = AtLeast(0),
        [(typeof(ConsumerAnswer), nameof(ConsumerAnswer.Name))] = OneOf([.. Subscriptions.Consumers]),
        [(typeof(ConsumerAnswer), nameof(ConsumerAnswer.Delivered))] = AtLeast(0),
        [(typeof(ConsumerAnswer), nameof(ConsumerAnswer.Recovered))] = AtLeast(0),
        [(typeof(ConsumerAnswer), nameof(ConsumerAnswer.Pending))] = AtLeast(0),
        [(typeof(ConsumerAnswer), nameof(ConsumerAnswer.LagSeconds))] = AtLeast(0),
        [(typeof(ConsumerAnswer), nameof(ConsumerAnswer.DeadLetters))] = AtLeast(0),
        [(typeof(ConsumerAnswer), nameof(ConsumerAnswer.OpenReplays))] = AtLeast(0),
        [(typeof(DeadLetter), nameof(DeadLetter.Consumer))] = OneOf([.. Subscriptions.Consumers]),
        [(typeof(DeadLetter), nameof(DeadLetter.Id))] = Text(1),
        [(typeof(DeadLetter), nameof(DeadLetter.Attempts))] = AtLeast(0),
        [(typeof(ReplayJob), nameof(ReplayJob.Id))] = Format("uuid"),
        [(typeof(ReplayJob), nameof(ReplayJob.Consumer))] = OneOf([.. Subscriptions.Consumers]),
        [(typeof(ReplayJob), nameof(ReplayJob.Types))] = SomeOf(1, EventTypes.All),
        [(typeof(ReplayJob), nameof(ReplayJob.Status))] = OneOf(ReplayJobs.Running, ReplayJobs.Done),
        [(typeof(ReplayJob), nameof(ReplayJob.Matched))] = AtLeast(0),
        [(typeof(ReplayJob), nameof(ReplayJob.Delivered))] = AtLeast(0),
        [(typeof(ReplayJob), nameof(ReplayJob.Failed))] = AtLeast(0),
        [(typeof(RetryAnswer), nameof(RetryAnswer.Matched))] = AtLeast(0),
        [(typeof(RetryAnswer), nameof(RetryAnswer.Delivered))] = AtLeast(0),
        [(typeof(RetryAnswer), nameof(RetryAnswer.Failed))] = AtLeast(0),

        [(typeof(DomainEvent), nameof(DomainEvent.Payload))] = new JsonObject { ["type"] = "object" },
        [(typeof(WorkflowCompleted), nameof(WorkflowCompleted.Status))] = Known(WorkflowStatus.Succeeded, WorkflowStatus.Failed),
        [(typeof(SessionExpired), nameof(SessionExpired.Reason))] = Known(SessionEnds.Idle, SessionEnds.Logout, SessionEnds.Revoked),
        [(typeof(HealthDegraded), nameof(HealthDegraded.Previous))] = Known(HealthStatus.Healthy),
        [(typeof(HealthDegraded), nameof(HealthDegraded.Current))] = Known(HealthStatus.Degraded),
        [(typeof(HealthRestored), nameof(HealthRestored.Previous))] = Known(HealthStatus.Degraded),
        [(typeof(HealthRestored), nameof(HealthRestored.Current))] = Known(HealthStatus.Healthy),
        [(typeof(AuthLogin), nameof(AuthLogin.Method))] = KnownMethods(),
        [(typeof(AuthLogout), nameof(AuthLogout.Method))] = KnownMethods(),
        [(typeof(AuthFailed), nameof(AuthFailed.Method))] = KnownMethods(),
        [(typeof(AuthFailed), nameof(AuthFailed.Reason))] = Known(
            RejectionReasons.UnknownName, RejectionReasons.WrongPassword, RejectionReasons.InvalidToken, RejectionReasons.ExpiredToken,
            RejectionReasons.EndedSession, RejectionReasons.InvalidKey, RejectionReasons.ExpiredKey),
    };

    /// <summary>Whether a request may leave a property out.</summary>
    public static bool IsOptional(Type type, string property) => s_optional.Contains((type, property));

    /// <summary>The limits of a property.</summary>
    public static JsonObject? Of(Type type, string property) => s_limits.GetValueOrDefault((type, property));

    private static JsonObject Text(int min, int? max = null, string? pattern = null)
    {
        var text = new JsonObject();
        if (min > 0)
        {
            text["minLength"] = min;
        }

        if (max is not null)
        {
            text["maxLength"] = max;
        }

        if (pattern is not null)
        {
            text["pattern"] = pattern;
        }

        return text;
    }

    private static JsonObject Password(int min)
    {
        JsonObject text = Text(min, LoginService.MaxPasswordLength);
        text["format"] = "password";
        return text;
    }

    private static JsonObject Format(string format) => new() { ["format"] = format };

    private static JsonObject Deprecated() => new() { ["deprecated"] = true };

    private static JsonObject Sha256() => new() { ["pattern"] = "^[0-9a-f]{64}$" };

    private static JsonObject AtLeast(int min) => new() { ["minimum"] = min };

    private static JsonObject Component() => Text(1, pattern: "^(redis|tables|blobs|consumer:[a-z]+)$");

    private static JsonObject KnownMethods() => Known(CredentialMethods.Password, CredentialMethods.Token, CredentialMethods.ApiKey);

    // The texts that this gateway writes. Other producers may write other texts.
    private static JsonObject Known(params IReadOnlyList<string> values) => new() { ["examples"] = Values(values) };

    private static JsonObject OneOf(params IReadOnlyList<string> values) => new() { ["enum"] = Values(values) };

    private static JsonObject SomeOf(int min, IReadOnlyList<string> values) => new()
    {
        ["minItems"] = min,
        ["items"] = new JsonObject { ["type"] = "string", ["enum"] = Values(values) },
    };

    private static JsonArray Values(IReadOnlyList<string> values) => [.. values.Select(value => JsonValue.Create(value))];
}
