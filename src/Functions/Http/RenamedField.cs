using System.Text.Json;

namespace McpFunctions.Functions.Http;

/// <summary>A field of requests whose earlier name is still accepted.</summary>
internal static class RenamedField
{
    /// <summary>Reads the value under either name.</summary>
    /// <param name="value">The value under the name.</param>
    /// <param name="earlierValue">The value under the earlier name.</param>
    /// <param name="name">The name.</param>
    /// <param name="earlierName">The earlier name.</param>
    /// <returns>The value; null if both are absent.</returns>
    /// <exception cref="ProblemException">Both names are present, so one value would be lost.</exception>
    public static JsonElement? Read(JsonElement? value, JsonElement? earlierValue, string name, string earlierName) =>
        value is null || earlierValue is null
            ? value ?? earlierValue
            : throw new ProblemException(Problem.Invalid(earlierName, $"Send '{name}' only: '{earlierName}' is its earlier name."));
}
