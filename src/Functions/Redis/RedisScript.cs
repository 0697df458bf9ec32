namespace McpFunctions.Functions.Redis;

/// <summary>A Lua script of the app.</summary>
/// <param name="Name">The name of its file, for spans.</param>
/// <param name="Text">Its text.</param>
internal sealed record RedisScript(string Name, string Text)
{
    /// <summary>Reads an embedded script.</summary>
    /// <param name="name">Its path below the project, with dots, for example <c>Outbox.publish.lua</c>.</param>
    /// <exception cref="InvalidOperationException">The assembly has no such script.</exception>
    public static RedisScript Embedded(string name) => new(string.Join('.', name.Split('.')[^2..]), EmbeddedScript.Read(name));
}
