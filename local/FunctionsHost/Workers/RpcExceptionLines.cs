using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>Splits a worker's exception into log lines.</summary>
internal static class RpcExceptionLines
{
    public static IEnumerable<string> Lines(this RpcException exception) =>
        $"{exception.Message}\n{exception.StackTrace}"
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.TrimEnd('\r'));
}
