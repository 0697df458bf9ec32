using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker.Extensions.Redis;

/// <summary>Runs a Redis command with the returned value as its arguments.</summary>
/// <param name="connection">The name of the setting with the connection string.</param>
/// <param name="command">The command.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property)]
public sealed class RedisOutputAttribute(string connection, string command) : OutputBindingAttribute
{
    /// <summary>The name of the setting with the connection string.</summary>
    public string Connection { get; } = connection;

    /// <summary>The command.</summary>
    public string Command { get; } = command;
}
