namespace McpFunctions.SampleApp;

internal sealed record Measurement(long Length, string Sha256);
