namespace McpFunctions.TestServers;

/// <summary>A child process failed. The message ends with its last lines.</summary>
public sealed class ChildProcessException(string problem, IReadOnlyList<string> output)
    : Exception($"{problem} Its last lines:{Environment.NewLine}{string.Join(Environment.NewLine, output.TakeLast(40))}")
{
    /// <summary>The lines that the process printed.</summary>
    public IReadOnlyList<string> Output { get; } = output;

    /// <summary>Whether the output says that the port is in use.</summary>
    public bool AddressInUse => Output.Any(line => line.Contains("address already in use", StringComparison.OrdinalIgnoreCase));
}
