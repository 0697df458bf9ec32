using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>A worker's exception as lines of a log.</summary>
internal static class RpcExceptionLines
{
    public static IEnumerable<string> Lines(this RpcException exception) =>
        $"{exception.Message}\n{exception.StackTrace}"
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.TrimEnd('\r'));
}
