using McpFunctions.Functions.ApiKeys;
using McpFunctions.Functions.Audit;
using McpFunctions.Functions.Auth;
using McpFunctions.Functions.Commands;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Files;
using McpFunctions.Functions.Health;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Mcp;
using McpFunctions.Functions.Notifications;
using McpFunctions.Functions.Operations;
using McpFunctions.Functions.Orchestrator;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Quotas;
using McpFunctions.Functions.RateLimits;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Sessions;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Users;
using McpFunctions.Functions.Workflows;

namespace McpFunctions.Functions;

/// <summary>What the features contribute to parts that must not know them.</summary>
internal static class GatewayFeatures
{
    /// <summary>The JSON of all rows.</summary>
    public static StoredJson Stored { get; } = new(
    [
        ApiKeyJsonContext.Api,
        AuthJsonContext.Api,
        CommandJsonContext.Api,
        FileJsonContext.Api,
        HealthJsonContext.Api,
        OperationJsonContext.Api,
        QuotaJsonContext.Stored,
        SessionJsonContext.Api,
        UserJsonContext.Api,
        WorkflowJsonContext.Api,
    ]);

    /// <summary>The JSON types of the HTTP API.</summary>
    public static ApiTypes Api { get; } = new(
        HttpJson.NewOptions(),
        [
            ApiKeyJsonContext.Api,
            AuditJsonContext.Api,
            AuthJsonContext.Api,
            CommandJsonContext.Api,
            FileJsonContext.Api,
            HealthJsonContext.Api,
            McpJsonContext.Api,
            NotificationJsonContext.Api,
            OperationJsonContext.Api,
            OrchestratorJsonContext.Api,
            SessionJsonContext.Api,
            UserJsonContext.Api,
            WorkflowJsonContext.Api,
            DocumentJsonContext.Api,
            ProblemJsonContext.Api,
        ]);

    /// <summary>The scripts and subscriptions that Redis must allow.</summary>
    public static RedisUses RedisUses { get; } = new(
        InboxSignals.AddProbes,
        RedisJournal.AddProbes,
        RelayLossDetection.AddProbes,
        LiveInstances.AddProbes,
        PairJournal.AddProbes,
        JournalRecovery.AddProbes,
        JournalTrimmer.AddProbes,
        RedisInbox.AddProbes,
        RedisContextStore.AddProbes,
        RebuildMark.AddProbes,
        RateLimiter.AddProbes);
}
