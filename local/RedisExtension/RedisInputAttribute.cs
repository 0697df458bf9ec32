using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker.Extensions.Redis;

/// <summary>Gives a parameter the reply of a Redis command.</summary>
/// <param name="connection">The name of the setting with the connection string.</param>
/// <param name="command">The command with its arguments, separated by spaces.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class RedisInputAttribute(string connection, string command) : InputBindingAttribute
{
    /// <summary>The name of the setting with the connection string.</summary>
    public string Connection { get; } = connection;

    /// <summary>The command with its arguments.</summary>
    public string Command { get; } = command;
}
