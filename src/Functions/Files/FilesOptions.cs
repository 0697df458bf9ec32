using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Files;

/// <summary>Uploaded files.</summary>
public sealed class FilesOptions : IValidateOptions<FilesOptions>
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Files";

    /// <summary>The largest body that the Functions host lets through, in bytes.</summary>
    public const long HostLimit = 104_857_600;

    /// <summary>The largest file in bytes. 1 to <see cref="HostLimit"/>; that maximum unless set.</summary>
    public long MaxBytes { get; set; } = HostLimit;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, FilesOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.MaxBytes is >= 1 and <= HostLimit
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Set Files__MaxBytes to a number of bytes from 1 to {HostLimit}, or leave it out for {HostLimit}.");
    }
}
