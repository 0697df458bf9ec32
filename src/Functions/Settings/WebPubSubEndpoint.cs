using System.Globalization;

namespace McpFunctions.Functions.Settings;

/// <summary>Where a service of Azure Web PubSub is, and its key.</summary>
/// <param name="Address">Its address, without a path.</param>
/// <param name="Key">Its access key; null with an identity.</param>
public sealed record WebPubSubEndpoint(Uri Address, string? Key)
{
    /// <summary>Reads a connection string.</summary>
    /// <param name="connectionString"><c>Endpoint=https://…;AccessKey=…;Version=1.0;</c>, for an emulator also with a <c>Port</c>.</param>
    /// <returns>The service; null if the text is no such connection string.</returns>
    public static WebPubSubEndpoint? Parse(string connectionString)
    {
        Dictionary<string, string> parts = connectionString.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2))
            .Where(part => part.Length == 2)
            .GroupBy(part => part[0], StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => group.First()[1], StringComparer.OrdinalIgnoreCase);
        if (!parts.TryGetValue("AccessKey", out string? key) || key.Length == 0 || AddressOf(parts.GetValueOrDefault("Endpoint")) is not { } address)
        {
            return null;
        }

        return !parts.TryGetValue("Port", out string? text) ? new WebPubSubEndpoint(address, key)
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and <= ushort.MaxValue
                ? new WebPubSubEndpoint(new UriBuilder(address) { Port = port }.Uri, key)
                : null;
    }

    /// <summary>Reads an address. Keys and tokens are sent only over TLS, or within the machine.</summary>
    internal static Uri? AddressOf(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" }
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)) ? uri : null;

    /// <inheritdoc/>
    public override string ToString() => nameof(WebPubSubEndpoint);
}
