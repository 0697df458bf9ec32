namespace McpFunctions.SampleApp;

internal sealed record Echo(
    string Method,
    string Url,
    string? Host,
    string? Name,
    IReadOnlyDictionary<string, string> Headers,
    string Body,
    string InvocationId,
    string TraceParent);
