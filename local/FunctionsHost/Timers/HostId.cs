using System.Security.Cryptography;
using System.Text;
using McpFunctions.Local.FunctionsHost.Settings;

namespace McpFunctions.Local.FunctionsHost.Timers;

/// <summary>The id of an app in storage. Instances with the same id share their timers' locks and schedules.</summary>
internal static class HostId
{
    private const int MaxLength = 32; // the real host's

    /// <summary>The setting <c>AzureFunctionsWebHost__hostid</c>, or an id from the machine's name and the app's folder.</summary>
    public static string Of(AppSettings settings, string appFolder)
    {
        if (settings["AzureFunctionsWebHost__hostid"] is { Length: > 0 } configured)
            return configured;

        var machine = string.Concat(Environment.MachineName.Where(char.IsAsciiLetterOrDigit));
        var folder = BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(appFolder)));
        var id = $"{machine}-{folder}";
        return id[..Math.Min(id.Length, MaxLength)].ToLowerInvariant().TrimEnd('-');
    }
}
