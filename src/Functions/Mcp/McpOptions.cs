using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Mcp;

/// <summary>The Model Context Protocol.</summary>
public sealed class McpOptions : IValidateOptions<McpOptions>
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Mcp";

    private const string None = "none";

    /// <summary>
    /// The origins whose pages may call the MCP endpoint from a browser, separated by commas, for example <c>https://agents.example.com</c>; <c>none</c> for none.
    /// Pages of the own machine may always; requests of no page have no origin.
    /// </summary>
    public string AllowedOrigins { get; set; } = None;

    /// <summary>The allowed origins.</summary>
    internal IReadOnlyList<string> Origins => AllowedOrigins == None ? [] : AllowedOrigins.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, McpOptions options) =>
        options.Origins.All(IsOrigin)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"Set Mcp__AllowedOrigins to origins separated by commas, each a scheme and a host without a path, for example https://agents.example.com, or leave it out.");

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
        && uri.GetLeftPart(UriPartial.Authority).Equals(text, StringComparison.OrdinalIgnoreCase);
}
