namespace McpFunctions.Functions.Redis;

/// <summary>The Lua scripts of the app. Each lies beside the class that runs it.</summary>
internal static class EmbeddedScript
{
    /// <summary>Reads an embedded script.</summary>
    /// <param name="name">Its path below the project, with dots, for example <c>Outbox.publish.lua</c>.</param>
    /// <returns>Its text.</returns>
    /// <exception cref="InvalidOperationException">The assembly has no such script.</exception>
    public static string Read(string name)
    {
        using Stream stream = typeof(EmbeddedScript).Assembly.GetManifestResourceStream($"McpFunctions.Functions.{name}")
            ?? throw new InvalidOperationException($"The script '{name}' is not embedded in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
