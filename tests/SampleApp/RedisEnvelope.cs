namespace McpFunctions.SampleApp;

internal sealed record RedisEnvelope(string SubscriptionChannel, string Channel, string Message);
