using StackExchange.Redis;

namespace McpFunctions.Functions.Redis;

/// <summary>Errors with which Redis answers.</summary>
internal static class RedisErrors
{
    /// <summary>The code of an error: its first word, such as OOM. The rest may name keys.</summary>
    public static string CodeOf(RedisServerException error) => error.Message.Split(' ')[0];

    /// <summary>Throws the error that a script reports instead of stopping.</summary>
    /// <param name="error">The error; null or empty if there is none.</param>
    /// <exception cref="RedisServerException">There is one.</exception>
    public static void ThrowIfAny(string? error)
    {
        if (error is { Length: > 0 })
        {
            throw new RedisServerException(RedisErrorKind.UnknownError, CommandFlags.None, error);
        }
    }
}
