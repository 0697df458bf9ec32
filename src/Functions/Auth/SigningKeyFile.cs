using System.Text.Json;

namespace McpFunctions.Functions.Auth;

/// <summary>A file with the signing keys, as a secret that the platform mounts.</summary>
/// <param name="SigningKeyId">The id of the key that signs new tokens.</param>
/// <param name="SigningKeys">The keys by id, in base64.</param>
internal sealed record SigningKeyFile(string SigningKeyId, Dictionary<string, string> SigningKeys)
{
    private const int MaxBytes = 64 * 1024;

    private const string Form = """{"signingKeyId": "<id>", "signingKeys": {"<id>": "<base64>"}}""";

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Its bytes, or why they cannot be read.</returns>
    public static (byte[]? Content, string? Problem) Read(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            byte[] content = new byte[MaxBytes + 1];
            int length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return length <= MaxBytes ? (content[..length], null) : (null, $"It has more than {MaxBytes / 1024} KiB.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return (null, exception is FileNotFoundException or DirectoryNotFoundException
                ? "There is no such file."
                : $"It cannot be read ({exception.GetType().Name}). The app needs the right to read it.");
        }
    }

    /// <summary>Reads keys.</summary>
    /// <param name="content">The bytes of the file.</param>
    /// <param name="allowsSample">Whether the sample's key may be used.</param>
    /// <returns>The keys, or what is wrong with them, without a key.</returns>
    public static (SigningKeySet? Keys, string? Problem) Parse(byte[] content, bool allowsSample)
    {
        SigningKeyFile? file;
        try
        {
            file = JsonSerializer.Deserialize(content.AsSpan().StartsWith("\uFEFF"u8) ? content.AsSpan(3) : content, AuthJsonContext.Api.SigningKeyFile);
        }
        catch (JsonException exception)
        {
            // Its message may quote the content.
            return (null, $"It is no JSON of the form {Form} (see line {exception.LineNumber + 1}).");
        }

        if (file is not { SigningKeyId: not null, SigningKeys: not null } || file.SigningKeys.ContainsValue(null!))
        {
            return (null, $"It is no JSON of the form {Form}.");
        }

        string[] problems = [.. SigningKeySet.ProblemsOf(file.SigningKeyId, file.SigningKeys, ("signingKeyId", id => $"signingKeys.{id}"), allowsSample)];
        return problems.Length == 0 ? (SigningKeySet.Of(file.SigningKeyId, file.SigningKeys), null) : (null, string.Join(' ', problems));
    }
}
