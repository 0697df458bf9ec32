using McpFunctions.Functions.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace McpFunctions.Functions.Auth;

/// <summary>
/// The signing keys of the settings, or of a file that is read again every few seconds, so that keys are rotated without a restart. A broken
/// file keeps the keys of before.
/// </summary>
public sealed partial class SigningKeys : RestartingService
{
    // By the content, not by its time or an event of the file system: a platform replaces a mounted file by changing a link.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // Clients can send as many unknown ids as they like.
    private static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(1);

    private readonly string? path;
    private readonly bool allowsSample;
    private readonly ILogger logger;
    private readonly Lock gate = new();
    private volatile SigningKeySet current;
    private byte[] content = [];
    private long readAt;
    private string? problem;

    /// <summary>Takes the keys of the settings, or reads the file.</summary>
    /// <param name="options">The settings, which were checked.</param>
    /// <param name="environment">Where the app runs; the sample's key is for Development only.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Says which keys are in use and why a file is not.</param>
    /// <exception cref="InvalidOperationException">The file broke after the settings were checked.</exception>
    public SigningKeys(IOptions<AuthOptions> options, IHostEnvironment environment, TimeProvider time, ILogger<SigningKeys> logger)
        : base(time, logger)
    {
        (path, allowsSample, this.logger) = (options.Value.SigningKeysFile, environment.IsDevelopment(), logger);
        if (path is null)
        {
            current = SigningKeySet.Of(options.Value.SigningKeyId, options.Value.SigningKeys);
            return;
        }

        (byte[]? read, string? unreadable) = SigningKeyFile.Read(path);
        (SigningKeySet? keys, string? invalid) = read is null ? (null, unreadable) : SigningKeyFile.Parse(read, allowsSample);
        current = keys ?? throw new InvalidOperationException($"The file {path} of Auth__SigningKeysFile is not usable. {invalid}");
        (content, readAt) = (read!, time.GetTimestamp());
    }

    /// <summary>The key that signs new tokens.</summary>
    public SymmetricSecurityKey Signing => current.Signing;

    /// <summary>Finds a key.</summary>
    /// <param name="id">Its id. Another instance may already sign with a key that this one has not read yet, so an unknown id reads the file again.</param>
    /// <returns>The key; null if there is none.</returns>
    public SymmetricSecurityKey? Find(string id)
    {
        SymmetricSecurityKey? key = current.Find(id);
        if (key is null && path is not null)
        {
            ReadAgain(MinInterval);
            key = current.Find(id);
        }

        return key;
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        while (path is not null)
        {
            await Task.Delay(Interval, Time, stoppingToken);
            ReadAgain(TimeSpan.Zero);
        }
    }

    /// <summary>Reads the file, unless it was read a moment ago.</summary>
    internal void ReadAgain(TimeSpan minAge)
    {
        lock (gate)
        {
            if (Time.GetElapsedTime(readAt) < minAge)
            {
                return;
            }

            readAt = Time.GetTimestamp();
            (byte[]? read, string? found) = SigningKeyFile.Read(path!);
            if (read is not null)
            {
                if (problem is null && read.AsSpan().SequenceEqual(content))
                {
                    return;
                }

                (SigningKeySet? keys, found) = SigningKeyFile.Parse(read, allowsSample);
                if (keys is not null)
                {
                    (current, content, problem) = (keys, read, null);
                    LogRead(path!, keys.Signing.KeyId);
                    return;
                }
            }

            if (found != problem)
            {
                problem = found;
                LogBroken(path!, found!);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The signing keys of {Path} are in use. The key {KeyId} signs new tokens.")]
    private partial void LogRead(string path, string keyId);

    [LoggerMessage(Level = LogLevel.Error, Message = "The file {Path} of Auth__SigningKeysFile is not usable. {Problem} The keys of before stay in use.")]
    private partial void LogBroken(string path, string problem);
}
