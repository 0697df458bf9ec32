using System.Globalization;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Files;

/// <summary>Uploaded files.</summary>
public sealed class FilesOptions : IValidateOptions<FilesOptions>
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Files";

    /// <summary>The app setting of the Functions host that says how many bytes a request's body may have.</summary>
    public const string HostLimitSetting = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT";

    private const long DefaultHostLimit = 104_857_600;
    private const long DefaultMaxBytes = 100_000_000;

    /// <summary>The largest body that the Functions host lets through, in bytes.</summary>
    public static long HostLimit { get; } = HostLimitOf(Environment.GetEnvironmentVariable(HostLimitSetting));

    /// <summary>
    /// The largest file in bytes: 1 to 104857600, or to the value of <c>FUNCTIONS_REQUEST_BODY_SIZE_LIMIT</c> where that is set. The host
    /// counts the frame of a form too, so leave room for it.
    /// </summary>
    public long MaxBytes { get; set; } = DefaultMaxBytes;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, FilesOptions options)
    {
        // A host with a lower limit refuses larger files by itself.
        long largest = Math.Max(HostLimit, DefaultMaxBytes);
        return options.MaxBytes >= 1 && options.MaxBytes <= largest
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"Set Files__MaxBytes to a number of bytes from 1 to {largest}, or leave it out for {DefaultMaxBytes}; it is {options.MaxBytes}. For larger files, raise {HostLimitSetting} first.");
    }

    /// <summary>The limit that the value of <see cref="HostLimitSetting"/> means to the host.</summary>
    internal static long HostLimitOf(string? setting) =>
        long.TryParse(setting, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes : DefaultHostLimit;
}
