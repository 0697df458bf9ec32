using System.Text.Json;

namespace McpFunctions.EndToEnd.Tests;

/// <summary>Reads fields of JSON responses.</summary>
public static class JsonFields
{
    /// <summary>The field at a path, which must be there.</summary>
    public static JsonElement At(this JsonElement json, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            Assert.True(json.TryGetProperty(name, out var value), $"There is no '{name}' in {json}");
            json = value;
        }
        return json;
    }

    /// <summary>The text at a path.</summary>
    public static string Text(this JsonElement json, params ReadOnlySpan<string> path) => json.At(path).GetString()!;

    /// <summary>The whole number at a path.</summary>
    public static long Number(this JsonElement json, params ReadOnlySpan<string> path) => json.At(path).GetInt64();

    /// <summary>The elements of the array at a path.</summary>
    public static JsonElement[] Items(this JsonElement json, params ReadOnlySpan<string> path) => [.. json.At(path).EnumerateArray()];

    /// <summary>Whether there is a field of that name.</summary>
    public static bool Has(this JsonElement json, string name) => json.TryGetProperty(name, out _);
}
